import { z } from "zod";
import { positiveInt } from "./values";

export const gpuSchema = z.strictObject({
  backend: z
    .enum(["none", "existing", "karpenter"])
    .default("none")
    .describe("none; existing labels and taints the named nodes; karpenter declares a NodePool"),
  nodes: z.array(z.string().min(1)).default([]).describe("existing: names of the nodes"),
  gpusPerNode: positiveInt.default(1).describe("GPUs of one node"),
  maxNodes: positiveInt.default(1).describe("karpenter: most nodes at a time"),
  instanceTypes: z.array(z.string().min(1)).default([]).describe("karpenter: instance types that may be started"),
  nodeClass: z
    .strictObject({
      group: z.string().min(1).describe("API group of the node class"),
      kind: z.string().min(1).describe("kind of the node class"),
      name: z.string().min(1).describe("name of the node class"),
    })
    .optional()
    .describe("karpenter: the cloud's node class"),
});

export type GpuConfig = z.output<typeof gpuSchema>;
