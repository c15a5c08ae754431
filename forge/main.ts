/** `npm run preview:comment -- FILE`: puts a report under the pull request that the pipeline runs for. The token comes from the environment alone. */
import { readFileSync } from "node:fs";
import { putComment } from "./comment";
import { forgeOf } from "./environment";

async function main(): Promise<void> {
  const [file, ...more] = process.argv.slice(2);
  if (!file || more.length) throw new Error("usage: npm run preview:comment -- FILE, a report of preview:report");
  const done = await putComment(forgeOf(process.env), readFileSync(file, "utf8"));
  process.stdout.write(`the comment is ${done}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
