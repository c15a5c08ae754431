import type { PipelinesConfig, SizeClass } from "./schema-pipelines";

/** CPU in cores and memory in GiB. */
export interface Compute {
  cpu: number;
  memoryGiB: number;
}

/** What each step requests that runs before or after OpenDroneMap in its pod. */
export const STEP_BESIDE_ODM: Compute = { cpu: 0.05, memoryGiB: 0.5 };

/** What a stitching pod requests. Its steps run one after the other, but a pod needs the sum of what they request. */
export function stitchRequests({ engine }: Pick<PipelinesConfig, "engine">, sizeClass: SizeClass): Compute {
  const { cpu, memoryGiB } = sizeClass;
  if (engine !== "odm") return { cpu, memoryGiB };
  return { cpu: cpu + 2 * STEP_BESIDE_ODM.cpu, memoryGiB: memoryGiB + 2 * STEP_BESIDE_ODM.memoryGiB };
}

/**
 * What pods may request of a node. One core is kept back, and 2 GiB and 6 % of the memory: what managed clusters reserve
 * for the kubelet and the system, and a little for the pods that every node has.
 */
export function allocatable(node: Compute): Compute {
  return { cpu: node.cpu - 1, memoryGiB: Math.floor(node.memoryGiB * 0.94) - 2 };
}
