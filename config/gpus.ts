import type { GpuConfig } from "./schema-gpu";

/** Nodes that the GPU pool may have at most. */
export function gpuNodes({ backend, nodes, maxNodes }: Pick<GpuConfig, "backend" | "nodes" | "maxNodes">): number {
  if (backend === "none") return 0;
  return backend === "existing" ? nodes.length : maxNodes;
}

/** Detections that the GPU pool has room for at a time, by their GPUs; 0 where they ask for none. A pod's GPUs are all on one node. */
export function detectionsAtOnce(gpu: GpuConfig, gpus: number): number {
  return gpus === 0 ? 0 : gpuNodes(gpu) * Math.floor(gpu.gpusPerNode / gpus);
}
