import type { GpuConfig } from "./schema-gpu";

/** GPUs of one node as Kubernetes counts them: a shared one counts as often as it is shared. */
export function gpusOfNode({ gpusPerNode, sharing }: Pick<GpuConfig, "gpusPerNode" | "sharing">): number {
  if (sharing.mode === "time-slicing") return gpusPerNode * sharing.replicas;
  return sharing.mode === "mig" ? gpusPerNode * sharing.partsPerGpu : gpusPerNode;
}

/** Nodes that the pool may have at most. */
function mostNodes({ backend, nodes, maxNodes }: GpuConfig): number {
  if (backend === "none") return 0;
  return backend === "existing" ? nodes.length : maxNodes;
}

/** Whether the program brings NVIDIA's device plugin itself. */
export function bringsDevicePlugin({ backend, devicePlugin }: Pick<GpuConfig, "backend" | "devicePlugin">): boolean {
  return backend !== "none" && devicePlugin === "plugin";
}

/** GPUs of a pool with as many nodes as it may have, as Kubernetes counts them. */
export function gpusOfPool(gpu: GpuConfig): number {
  return gpusOfNode(gpu) * mostNodes(gpu);
}

/** GPUs that detections may use at a time. */
export function gpuQuota(gpu: GpuConfig): number {
  return gpu.queue.quota ?? gpusOfPool(gpu);
}

/** Detections that may run at a time; 0 where they ask for no GPU. A pod's GPUs are all on one node. */
export function detectionsAtOnce(gpu: GpuConfig, gpusEach: number): number {
  if (gpusEach === 0) return 0;
  const room = mostNodes(gpu) * Math.floor(gpusOfNode(gpu) / gpusEach);
  return gpu.queue.backend === "none" ? room : Math.min(room, Math.floor(gpuQuota(gpu) / gpusEach));
}
