import type { Environment } from "../../config";
import { suggestion } from "../../config/suggest";
import { GPU_RESOURCE as GPUS } from "../../pipelines/gpu";
import { type Check, type Finding, fail, ok } from "../check";
import { allocatable, isReady, type Node, nodes } from "../nodes";

/** The named nodes of a GPU pool, and what their device plugin offers. */
export const gpuNodes: Check = {
  title: "GPU nodes",
  asksCluster: true,
  async run({ environment, cluster }) {
    return environment.gpu.backend === "existing" ? judgeGpuNodes(environment, await nodes(cluster)) : [];
  },
};

export function judgeGpuNodes({ gpu }: Pick<Environment, "gpu">, all: readonly Node[]): Finding[] {
  const names = all.map((node) => node.metadata.name);
  return gpu.nodes.map((name) => {
    const node = all.find(({ metadata }) => metadata.name === name);
    if (!node) {
      const near = suggestion(name, names);
      return fail(
        `there is no node ${name}`,
        near ? `did you mean ${near} in gpu.nodes?` : `name one of ${names.join(", ")} in gpu.nodes`,
      );
    }
    if (!isReady(node)) return fail(`${name} is not ready`, `see why: kubectl describe node ${name}`);
    const count = allocatable(node, GPUS);
    // What the program is yet to declare cannot offer any.
    if (count === 0 && gpu.devicePlugin === "plugin") return ok(`${name} gets NVIDIA's device plugin`);
    if (count === 0) {
      return fail(`${name} offers no ${GPUS}`, "run NVIDIA's driver and device plugin there (or the GPU operator)");
    }
    // Shared ones count more, but only once the program has declared how they are shared.
    if (count < gpu.gpusPerNode) {
      return fail(
        `${name} offers ${count} ${GPUS}, and gpu.gpusPerNode is ${gpu.gpusPerNode}`,
        `set it to ${count}, or mend the node's missing GPUs`,
      );
    }
    return ok(`${name} offers ${count} ${GPUS}`);
  });
}
