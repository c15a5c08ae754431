import { gpusOfNode, gpusOfPool } from "../gpus";
import type { GpuConfig } from "../schema-gpu";
import { duplicates, type Problem, rule } from "./rule";

/** The pool has what its backend needs and nothing that only another one reads, and the detection fits on one of its nodes. */
export const gpuRule = rule(["gpu", "pipelines"], ({ gpu, pipelines }) => [
  ...requestProblems(gpu, pipelines.detect.gpus),
  ...backendProblems(gpu),
  ...strayProblems(gpu),
  ...sharingProblems(gpu),
  ...duplicates(gpu.nodes, "gpu.nodes", "node"),
]);

function requestProblems(gpu: GpuConfig, wanted: number): Problem[] {
  const path = "pipelines.detect.gpus";
  if (wanted === 0) return [];
  if (gpu.backend === "none") {
    return [{ path, message: `found ${wanted}; there is no GPU pool (gpu.backend is none), so only 0 is allowed` }];
  }
  // A pod's GPUs are all on one node: more nodes do not help.
  const most = gpusOfNode(gpu);
  if (wanted > most) {
    const how = gpu.sharing.mode === "none" ? "gpu.gpusPerNode" : "gpu.gpusPerNode times gpu.sharing";
    return [{ path, message: `found ${wanted}; a node of the pool has ${most} (${how})` }];
  }
  if (wanted > 1 && gpu.sharing.mode === "time-slicing") {
    const message = `found ${wanted}; several shares of a GPU are no more of it, so with time-slicing only 1 is allowed`;
    return [{ path, message }];
  }
  return quotaProblems(gpu, wanted);
}

/** A detection fits into the queue's quota, and the quota into the pool: else it would wait in vain, with its time running. */
function quotaProblems(gpu: GpuConfig, wanted: number): Problem[] {
  const { backend, quota } = gpu.queue;
  const most = gpusOfPool(gpu);
  if (backend === "none" || quota === undefined || (quota >= wanted && quota <= most)) return [];
  const message = `found ${quota}; a detection needs ${wanted}, and the pool has at most ${most}`;
  return [{ path: "gpu.queue.quota", message }];
}

/** What a backend cannot do without. */
function backendProblems(gpu: GpuConfig): Problem[] {
  const problems: Problem[] = [];
  if (gpu.backend === "existing" && gpu.nodes.length === 0) {
    problems.push({ path: "gpu.nodes", message: "found none; backend existing needs the names of its nodes" });
  }
  if (gpu.backend === "karpenter") {
    if (gpu.instanceTypes.length === 0) {
      problems.push({ path: "gpu.instanceTypes", message: "found none; backend karpenter needs at least one" });
    }
    if (!gpu.nodeClass) {
      problems.push({ path: "gpu.nodeClass", message: "missing; backend karpenter needs group, kind and name" });
    }
  }
  if (gpu.backend === "cluster-api" && !gpu.machines) {
    const message = "missing; backend cluster-api needs cluster, templates and the size of a machine";
    problems.push({ path: "gpu.machines", message });
  }
  return problems;
}

/** Values that the chosen backend would pass over in silence. */
function strayProblems({ backend, nodes, instanceTypes, nodeClass, machines }: GpuConfig): Problem[] {
  const stray = (key: string, given: boolean, of: GpuConfig["backend"]): Problem[] =>
    given && backend !== of
      ? [
          {
            path: `gpu.${key}`,
            message: `is for backend ${of} alone, and gpu.backend is ${backend}: leave it out, or set the backend`,
          },
        ]
      : [];
  return [
    ...stray("nodes", nodes.length > 0, "existing"),
    ...stray("instanceTypes", instanceTypes.length > 0, "karpenter"),
    ...stray("nodeClass", nodeClass !== undefined, "karpenter"),
    ...stray("machines", machines !== undefined, "cluster-api"),
  ];
}

function sharingProblems({ backend, sharing, devicePlugin }: GpuConfig): Problem[] {
  if (backend === "none" || sharing.mode === "none" || devicePlugin !== "none") return [];
  const message = `found mode ${sharing.mode}; GPUs are shared by the device plugin's settings, so devicePlugin must be plugin or operator`;
  return [{ path: "gpu.sharing", message }];
}
