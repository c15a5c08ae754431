import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { removeCache } from "./cache";
import { Kubectl } from "./cluster/kubectl";
import { nodeAlive } from "./cluster/namespaces";
import { removeState, stopNode } from "./down";
import { SandboxError } from "./errors";
import { peakMemory } from "./host/cgroups";
import { endLeftOverBuildkit } from "./images/buildkit";
import { checkOwner, findInstance, type Instance, instanceName } from "./instance";
import { catalogueEnv, clientEnv, databaseEnv, extrasOf, LAKE_EXTRAS, lakeEnv, runLake } from "./lake";
import { isClean, leftovers } from "./leftovers";
import { takeLock } from "./lock";
import { mcpEnv, runMcp } from "./mcp";
import { stateDir } from "./paths";
import { runInForeground } from "./process";
import { ConsoleReporter, type Reporter } from "./progress";
import { STACK } from "./project";
import { Stack } from "./pulumi";
import { finishRemovals, removeInstanceDir, unfinishedRemovals } from "./removals";
import { endPulumi, pulumisAtWork } from "./stack-lock";
import { definitionSets, ensureManifests, ensurePulumi, ensureTool, installations, toolNames } from "./toolchain";
import { ensureVenv } from "./toolchain/venv";

export interface DownOptions {
  readonly instance: string;
  readonly purge: boolean;
  readonly keepCache: boolean;
}

/** Takes an instance down. Whatever state it is in, what it left is removed, and a second call finds nothing to do. */
export async function down(options: DownOptions, hold: (release: () => void) => void): Promise<string[]> {
  const dir = stateDir(instanceName(options.instance));
  hold(await takeLock(dir, "down"));
  const report = new ConsoleReporter();
  const found = findInstance(options.instance);
  if (found) checkOwner(found);
  else if (unfinishedRemovals(dir).length > 0 || (options.purge && existsSync(dir))) {
    // Of a run that was killed before it had written what the folder is, or after it had moved it aside.
    const remove = options.purge ? removeInstanceDir : finishRemovals;
    await report.step("remove the data", (step) => remove(dir, step));
  }
  const lines = found ? await takeDown(found, options.purge, report) : [];
  if (options.purge && !options.keepCache) await removeCache(dir, report);
  return found ? lines : [`there is no instance "${options.instance}" in ${dirname(dir)}: nothing to take down`];
}

async function takeDown(instance: Instance, purge: boolean, report: Reporter): Promise<string[]> {
  const { cluster } = instance.record;
  if (pulumisAtWork(instance).length > 0) await report.step("end pulumi", (step) => endPulumi(instance, step));
  await endLeftOverBuildkit();
  if (cluster.kind === "external" && !purge) {
    return [
      `nothing of instance "${instance.name}" runs outside of its cluster (${cluster.kubeconfig}): it was left as it is.`,
      "With --purge, what the sandbox made there is destroyed, with all data.",
    ];
  }
  const lines = cluster.kind === "external" ? await destroyStack(instance, report) : [];
  const stopped = cluster.kind === "external" ? instance : await stopNode(instance, report);
  if (purge) await removeState(stopped, report);
  const left = await leftovers(stopped);
  if (!isClean({ ...left, dirs: purge ? left.dirs : [] })) {
    throw new SandboxError(`not everything went away: ${JSON.stringify(left, null, 2)}`);
  }
  const kept = `stopped; the data is kept in ${stopped.dir} (remove it with --purge)`;
  return [...lines, purge ? "everything is removed" : kept];
}

/** What runs on somebody else's cluster is taken away by Pulumi, which made it. A cluster that is gone took it along. */
async function destroyStack(instance: Instance, report: Reporter): Promise<string[]> {
  if (!existsSync(instance.project)) return [];
  const kubectl = new Kubectl(await ensureTool("kubectl", report), instance.kubeconfig);
  const answer = await report.step("cluster", () => kubectl.answers());
  if (answer !== true) {
    return [
      `the cluster of ${instance.kubeconfig} does not answer (${answer}): what the sandbox made there, if it is there, was left.`,
      "It is in the namespaces data-systems, drone-pipelines, tekton-pipelines and cert-manager. What this machine kept is gone.",
    ];
  }
  const stack = await Stack.open(instance, report);
  await report.step("pulumi destroy", (step) => stack.destroy(step));
  return [];
}

/** Lines that a shell evaluates to reach the instance with pulumi, kubectl and psql. No secret is in them. */
export async function env(name: string): Promise<string[]> {
  const instance = existing(name);
  const report = new ConsoleReporter();
  const stack = await Stack.open(instance, report);
  const kubectl = await ensureTool("kubectl", report);
  const outputs = await stack.outputs();
  const variables = {
    ...stack.env,
    ...databaseEnv(outputs),
    ...catalogueEnv(outputs),
    LAKE_PROJECT: instance.project,
    LAKE_STACK: STACK,
  };
  return [
    `export PATH=${quote([dirname(kubectl), stack.bin].join(":"))}:"$PATH"`,
    ...Object.entries(variables).map(([key, value]) => `export ${key}=${quote(value)}`),
  ];
}

/** Quotes for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Runs a dronelake command on a running instance, in the folder `from`, with the keys of the identity that may do it. */
export async function lake(name: string, args: readonly string[], from: string): Promise<number> {
  const instance = existing(name);
  const report = new ConsoleReporter();
  const outputs = await (await Stack.open(instance, report)).outputs();
  const command = args[0] ?? "";
  const venv = await ensureVenv(report, extrasOf(command));
  return runLake(venv, args, lakeEnv(command, outputs, "command line"), from);
}

/** Runs a program of anybody's in the folder `from` with the variables with which clients find the instance. Returns its exit code. */
export async function client(
  name: string,
  identity: string,
  program: readonly string[],
  from: string,
): Promise<number> {
  const outputs = await (await Stack.open(existing(name), new ConsoleReporter())).outputs();
  const [command = "", ...args] = program;
  return runInForeground(command, args, { env: clientEnv(identity, outputs), cwd: from });
}

/** Serves an MCP client that started this command the tools of a running instance. Standard output is the client's. */
export async function mcp(name: string): Promise<number> {
  const outputs = await (await Stack.open(existing(name), new ConsoleReporter())).outputs();
  return runMcp(mcpEnv(outputs));
}

/** Gets or builds every tool. */
export async function toolchain(): Promise<void> {
  const report = new ConsoleReporter();
  for (const tool of toolNames) await ensureTool(tool, report);
  await ensureManifests(report, [...installations, ...definitionSets]);
  await ensurePulumi(report);
  await ensureVenv(report, LAKE_EXTRAS);
}

/** Says what runs; exit code 0 for a running node, 3 for a stopped one. */
export async function status(name: string): Promise<number> {
  const instance = existing(name);
  if (instance.record.cluster.kind === "external") {
    process.stdout.write(`${name}: on the cluster of ${instance.kubeconfig}\n`);
    return 0;
  }
  const running = nodeAlive(instance);
  const peak = peakMemory(instance.cgroup);
  const memory = running && peak ? `, at most ${(peak / 1024 ** 3).toFixed(2)} GiB of memory so far` : "";
  process.stdout.write(
    `${name}: ${running ? `running, node ${instance.nodeAddress}${memory}` : "stopped"}; ${instance.dir}\n`,
  );
  return running ? 0 : 3;
}

function existing(name: string): Instance {
  const instance = findInstance(instanceName(name));
  if (!instance) throw new SandboxError(`there is no instance "${name}": start it with npm run sandbox`);
  return instance;
}
