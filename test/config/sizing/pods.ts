/** Where pods find room, counted one by one, without the program's own sums. */

import type { Environment } from "../../../config";
import type { SizeClass } from "../../../config/schema-pipelines";
import { stitchTask } from "../../../pipelines/stitch";
import { parseQuantity } from "../../../plugins/kubernetes/quantity";
import { context } from "../../pipelines/context";

/** A pool as its file gives it, where a list may be missing, or with the defaults filled in. */
type Pool = Omit<Environment["gpu"], "nodes"> & { nodes?: string[] };

/** GPUs of each node of the pool. */
function gpuNodes({ backend, nodes = [], maxNodes, gpusPerNode }: Pool): number[] {
  const count = { none: 0, existing: nodes.length, karpenter: maxNodes, "cluster-api": maxNodes }[backend];
  return Array<number>(count).fill(gpusPerNode);
}

/** How many pods of so many GPUs the pool holds: each takes what it needs of one node, until none has room. */
export function podsOnGpus(gpu: Pool, wanted: number): number {
  let pods = 0;
  for (let free of gpuNodes(gpu)) {
    for (; free >= wanted; free -= wanted) pods++;
  }
  return pods;
}

const BASE = context();

/** What the Task of a class requests in all: cores, and bytes of memory. */
export function taskRequests(
  pipelines: Environment["pipelines"],
  sizeClass: SizeClass,
): { cpu: number; memory: number } {
  const { steps } = stitchTask({ ...BASE, config: pipelines }, sizeClass).spec;
  const sum = (resource: "cpu" | "memory") =>
    steps.reduce((total, step) => total + parseQuantity(step.computeResources!.requests![resource]!)!, 0);
  return { cpu: sum("cpu"), memory: sum("memory") };
}

/** What a node keeps for the kubelet and the system: a core, 2 GiB and 6 % of its memory; the rest is for pods. */
export function fits(
  node: { cpu: number; memoryGiB: number } | undefined,
  { cpu, memory }: { cpu: number; memory: number },
): { cpu: boolean; memoryGiB: boolean } {
  if (!node) return { cpu: true, memoryGiB: true };
  const left = Math.floor((node.memoryGiB * 94) / 100) - 2;
  return { cpu: Math.round(cpu * 1000) <= (node.cpu - 1) * 1000, memoryGiB: memory <= left * 2 ** 30 };
}
