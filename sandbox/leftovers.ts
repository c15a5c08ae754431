import { existsSync, readFileSync } from "node:fs";
import { firstProcesses, ownLink } from "./cluster/namespaces";
import { groupDirs, groupPids } from "./host/cgroups";
import { allPids, commandOf, isAlive, membersOf, namespaceOf } from "./host/processes";
import { buildkitLeftOvers } from "./images/buildkit";
import type { Instance } from "./instance";
import { unfinishedRemovals } from "./removals";
import { pulumisAtWork } from "./stack-lock";

/** What of an instance is on the machine; all lists are empty when nothing is. */
export interface Leftovers {
  /** `pid command`, of processes in its namespaces or control group, or that were started from its folder, of Pulumi on its stack, and of a builder that nobody uses. */
  readonly processes: string[];
  /** Mount points below its folder, as the host sees them. */
  readonly mounts: string[];
  readonly links: string[];
  readonly cgroups: string[];
  readonly dirs: string[];
}

/** Looks for everything that an instance could have left on the machine. */
export async function leftovers(instance: Instance): Promise<Leftovers> {
  const dirs = [instance.dir, ...unfinishedRemovals(instance.dir)].filter((dir) => existsSync(dir));
  const builder = await buildkitLeftOvers();
  const pulumis = pulumisAtWork(instance).map(({ pid }) => `${pid} ${commandOf(pid)}`);
  const outside = [...pulumis, ...builder.processes];
  // On somebody else's cluster nothing else of it runs here.
  if (instance.record.cluster.kind === "external")
    return { processes: outside, mounts: [], links: [], cgroups: builder.cgroups, dirs };
  return {
    processes: [...instancePids(instance).map((pid) => `${pid} ${commandOf(pid)}`), ...outside],
    mounts: mountsBelow(instance.dir, readFileSync("/proc/self/mounts", "utf8")),
    links: (await ownLink(instance)) ? [instance.link] : [],
    cgroups: [...groupDirs(instance.cgroup).filter((dir) => existsSync(dir)), ...builder.cgroups],
    dirs,
  };
}

function instancePids(instance: Instance): number[] {
  const firsts = firstProcesses(instance);
  const { node } = instance.record;
  if (node && isAlive(node)) firsts.push(node);
  const namespaces = new Set(firsts.map((id) => namespaceOf(id.pid, "pid")));
  namespaces.delete(namespaceOf(process.pid, "pid"));
  const inside = firsts.filter((id) => namespaces.has(namespaceOf(id.pid, "pid"))).flatMap((id) => membersOf(id.pid));
  // A daemon names its files in its command line.
  const named = allPids().filter((pid) => pid !== process.pid && commandOf(pid).includes(`${instance.dir}/node/`));
  return [
    ...new Set([
      ...firsts.map((id) => id.pid),
      ...inside.map((member) => member.pid),
      ...groupPids(instance.cgroup),
      ...named,
    ]),
  ];
}

/** Mount points in `dir` or below. */
export function mountsBelow(dir: string, mounts: string): string[] {
  return mounts
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "))
    .filter((point) => point === dir || point.startsWith(`${dir}/`));
}

/** Says whether nothing is left. */
export function isClean(found: Leftovers): boolean {
  return Object.values(found).every((list: string[]) => list.length === 0);
}
