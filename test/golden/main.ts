/** `npm run golden`: writes what each environment declares to `test/golden/<environment>/`, where a diff shows what a change does. */
import { join } from "node:path";
import { exec } from "../../sandbox/process";
import { ConsoleReporter } from "../../sandbox/progress";
import { ensureManifests } from "../../sandbox/toolchain";
import { environments } from "../components/environments";

async function main(): Promise<void> {
  const reporter = new ConsoleReporter();
  await ensureManifests(reporter);
  for (const environment of environments) {
    // A process can record one environment, as Pulumi's mocks are global to it; it gets the loader of TypeScript that this one has.
    const args = [...process.execArgv, join(__dirname, "write.ts"), environment];
    await reporter.step(`what ${environment} declares`, (step) => exec(process.execPath, args, { step }));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
