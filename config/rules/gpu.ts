import type { GpuConfig } from "../schema-gpu";
import { duplicates, type Problem, rule } from "./rule";

/** The pool has what its backend needs and nothing that only another one reads, and the detection fits on one of its nodes. */
export const gpuRule = rule(["gpu", "pipelines"], ({ gpu, pipelines }) => [
  ...requestProblems(gpu, pipelines.detect.gpus),
  ...backendProblems(gpu),
  ...strayProblems(gpu),
  ...duplicates(gpu.nodes, "gpu.nodes", "node"),
]);

function requestProblems(gpu: GpuConfig, wanted: number): Problem[] {
  const path = "pipelines.detect.gpus";
  if (gpu.backend === "none") {
    if (wanted === 0) return [];
    return [{ path, message: `found ${wanted}; there is no GPU pool (gpu.backend is none), so only 0 is allowed` }];
  }
  // A pod's GPUs are all on one node: more nodes do not help.
  if (wanted > gpu.gpusPerNode) {
    return [{ path, message: `found ${wanted}; a node of the pool has ${gpu.gpusPerNode} (gpu.gpusPerNode)` }];
  }
  return [];
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
  return problems;
}

/** Values that the chosen backend would pass over in silence. */
function strayProblems({ backend, nodes, instanceTypes, nodeClass }: GpuConfig): Problem[] {
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
  ];
}
