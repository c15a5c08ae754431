/** `npm run test:clients`: the recipes of docs/clients against a sandbox that runs; with `--all` those that are heavy to get or to run too. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_INSTANCE, instanceName } from "../../sandbox/instance";
import { checkout } from "../../sandbox/paths";
import { runSuite, Suite, vitestCount, vitestNote } from "../suite";
import { outputsOf, reporter } from "./context";

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { all: { type: "boolean" }, instance: { type: "string" } } });
  const instance = instanceName(values.instance ?? (process.env.DRONE_LAKE_INSTANCE || DEFAULT_INSTANCE));
  process.env.DRONE_LAKE_INSTANCE = instance;
  // Said once, and not by every test: there is no instance, or it is not up.
  await outputsOf();
  const suite = new Suite(reporter);
  await suite.check({
    title: values.all ? "all clients" : "the light clients",
    command: join(checkout, "node_modules", ".bin", "vitest"),
    args: ["run", "--project", "clients", "--reporter", "verbose", ...(values.all ? [] : ["--exclude", "**/heavy*"])],
    options: { cwd: checkout, env: { NO_COLOR: "1" } },
    count: vitestCount,
    note: vitestNote,
  });
  return suite.finish();
}

runSuite(main);
