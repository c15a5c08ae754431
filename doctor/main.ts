/** `npm run doctor -- STACK`: what the stack's environment needs of its cluster, before anything is changed. */
import { resolve } from "node:path";
import { ConfigError, type Environment } from "../config";
import { checkEnvironment } from "../config/load";
import { readStackFile } from "../config/stack-file";
import { Client } from "../plugins/kubernetes/client";
import { connect } from "../plugins/kubernetes/kubeconfig";
import { readSettings } from "../plugins/kubernetes/settings";
import { checkout } from "../sandbox/paths";
import { parseOptions, USAGE, UsageError } from "./args";
import { checks } from "./checks";
import { ClusterReader } from "./cluster";
import { failed, report } from "./report";
import { runChecks } from "./run";

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), checkout);
  if (!options) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { stack, folder } = options;
  const environment = checkEnvironment(readStackFile(resolve(folder), stack), `Pulumi.${stack}.yaml`);
  // Paths in the file start from its folder, as in Pulumi.
  process.chdir(folder);
  const client = open(environment);
  try {
    const results = await runChecks(checks, { environment, cluster: new ClusterReader(client) });
    process.stdout.write(`${stack}\n${report(results).join("\n")}\n`);
    return failed(results) ? 1 : 0;
  } finally {
    client.close();
  }
}

function open({ cluster }: Environment): Client {
  const { kubeconfig, context } = cluster;
  const settings = readSettings({ ...(kubeconfig && { kubeconfig }), ...(context && { context }) }, {});
  try {
    return new Client(connect(settings));
  } catch (error) {
    throw new Error(`cluster.kubeconfig: ${(error as Error).message}`);
  }
}

/** What a person can mend in plain words, a fault of ours with its stack. */
function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${USAGE}`;
  if (error instanceof ConfigError) return `${error.message}\n`;
  // What is wrong with a file is a plain Error; JavaScript's own kinds are faults of ours.
  if (error instanceof Error) return `${error.name === "Error" ? error.message : error.stack}\n`;
  return `${String(error)}\n`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(explain(error));
    process.exitCode = 2;
  },
);
