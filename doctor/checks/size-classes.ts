import type { Environment } from "../../config";
import { stitchRequests } from "../../config/pods";
import { type Check, type Finding, fail, ok, warn } from "../check";
import { allocatable, autoscaler, closedBecause, hasRoom, type Node, nodes } from "../nodes";

const GIB = 2 ** 30;

interface Work {
  readonly name: string;
  readonly path: string;
  /** Cores and GiB that the pod requests, and GiB that it may write. */
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly scratchGiB: number;
}

/** A pod that no node can take waits until its run's timeout. */
export const sizeClasses: Check = {
  title: "nodes for the pipelines",
  asksCluster: true,
  async run({ environment, cluster }) {
    return judgeWork(environment, await nodes(cluster), await autoscaler(cluster));
  },
};

export function judgeWork(environment: Environment, all: readonly Node[], scaledBy: string | undefined): Finding[] {
  const open = all.filter((node) => closedBecause(node, environment) === undefined);
  const findings = workOf(environment).flatMap((work) => judge(work, open, scaledBy));
  if (findings.length > 0) return findings;
  return [ok(`${open.length} node${open.length === 1 ? "" : "s"} open to them, and every size class fits on one`)];
}

/** What runs on the nodes that everything may use; with GPUs the detection runs on the pool's. */
function workOf({ pipelines }: Environment): Work[] {
  const stitching = pipelines.sizeClasses.map((sizeClass, i) => ({
    name: `size class ${sizeClass.name}`,
    path: `pipelines.sizeClasses.${i}`,
    ...stitchRequests(pipelines, sizeClass),
    scratchGiB: sizeClass.scratchGiB,
  }));
  if (pipelines.detect.gpus > 0) return stitching;
  return [...stitching, { name: "the detection", path: "pipelines.detect", ...pipelines.detect }];
}

function judge(work: Work, open: readonly Node[], scaledBy: string | undefined): Finding[] {
  const { name, path, cpu, memoryGiB, scratchGiB } = work;
  const roomy = open.filter((node) => hasRoom(node, { cpu, memory: memoryGiB * GIB }));
  if (roomy.length === 0) {
    const most = (resource: string) => Math.max(0, ...open.map((node) => allocatable(node, resource)));
    const what = `${name} requests ${cpu} cores and ${memoryGiB} GiB, and no node has both (the most are ${most("cpu")} cores and ${gib(most("memory"))} GiB)`;
    if (scaledBy) return [warn(what, `see that ${scaledBy} may start one of that size`)];
    return [fail(what, `add a larger node, or lower ${path}`)];
  }
  const disk = Math.max(...roomy.map((node) => allocatable(node, "ephemeral-storage")));
  if (disk >= scratchGiB * GIB) return [];
  const what = `${name} may write ${scratchGiB} GiB, and the nodes that it fits on have ${gib(disk)} GiB of ephemeral storage at most`;
  return [warn(what, `give the kubelet's disk more room, or lower ${path}.scratchGiB`)];
}

function gib(bytes: number): number {
  return Math.floor((bytes / GIB) * 10) / 10;
}
