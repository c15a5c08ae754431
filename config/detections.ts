import type { GpuConfig } from "./schema-gpu";

/** Nodes that the GPU pool may have at most. */
function mostNodes({ backend, nodes, maxNodes }: GpuConfig): number {
  if (backend === "none") return 0;
  return backend === "existing" ? nodes.length : maxNodes;
}

/** Detections that the GPU pool has room for at a time; 0 where they ask for no GPU. A pod's GPUs are all on one node. */
export function detectionsAtOnce(gpu: GpuConfig, gpusEach: number): number {
  return gpusEach === 0 ? 0 : mostNodes(gpu) * Math.floor(gpu.gpusPerNode / gpusEach);
}
