/** `npm run deploy -- <stack>`: `pulumi up` with the policy pack, without a question, for a pipeline in which somebody has approved already. */
import { join } from "node:path";
import { explain, SandboxError } from "../sandbox/errors";
import { checkout } from "../sandbox/paths";
import { interruptChildren } from "../sandbox/process";
import { ConsoleReporter } from "../sandbox/progress";
import { ensureManifests, ensurePulumi } from "../sandbox/toolchain";
import { againstState } from "./compare";
import { PACK } from "./preview";

async function main(): Promise<void> {
  const [name, ...more] = process.argv.slice(2);
  if (!name || more.length)
    throw new SandboxError(`usage: npm run deploy -- STACK, with its file in ${join(checkout, "Pulumi.STACK.yaml")}`);
  const reporter = new ConsoleReporter();
  await ensureManifests(reporter);
  const stack = await againstState(await ensurePulumi(reporter), checkout, name);
  await stack.up({ policyPacks: [PACK], color: "never", onOutput: (text) => process.stdout.write(text) });
}

process.once("SIGTERM", () => void interruptChildren().then(() => process.exit(143)));
main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  },
);
