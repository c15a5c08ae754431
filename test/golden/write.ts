/** Writes the dump of the environment that the argument names; the process that `npm run golden` starts for each. */
import { environments, recordEnvironment } from "../components/environments";
import { dump, dumpFolder, writeDump } from "./dump";

async function main(): Promise<void> {
  for (const environment of environments.filter((name) => name === process.argv[2])) {
    await writeDump(dump(await recordEnvironment(environment)), dumpFolder(environment));
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
