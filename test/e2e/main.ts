/** `npm run test:e2e`: the sandbox from nothing, flights through it, and proof that nothing of it is left. */
import { join } from "node:path";
import { checkout } from "../../sandbox/paths";
import { ConsoleReporter } from "../../sandbox/progress";
import { runSuite, Suite, vitestCount, vitestNote } from "../suite";

async function main(): Promise<number> {
  const suite = new Suite(new ConsoleReporter());
  await suite.check({
    title: "the sandbox, end to end",
    command: join(checkout, "node_modules", ".bin", "vitest"),
    args: ["run", "--project", "e2e", "--reporter", "verbose"],
    options: { cwd: checkout, env: { NO_COLOR: "1" } },
    count: vitestCount,
    note: vitestNote,
  });
  return suite.finish();
}

runSuite(main);
