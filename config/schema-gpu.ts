import { z } from "zod";
import { positiveInt } from "./values";

const name = z.string().min(1);

const machinesSchema = z.strictObject({
  cluster: name.describe("name of the Cluster that gets the machines; it must manage itself"),
  namespace: name.describe("its namespace"),
  version: z
    .string()
    .regex(/^v\d+\.\d+\.\d+/, "a version such as v1.34.1")
    .describe("Kubernetes version of the machines"),
  bootstrap: z
    .strictObject({
      group: name.default("bootstrap.cluster.x-k8s.io").describe("API group of the template"),
      kind: name.default("KubeadmConfigTemplate").describe("kind of the template"),
      name: name.describe("name of the template"),
    })
    .describe("template of what makes a machine a node"),
  infrastructure: z
    .strictObject({
      group: name.default("infrastructure.cluster.x-k8s.io").describe("API group of the template"),
      kind: name.describe("kind of the template"),
      name: name.describe("name of the template"),
    })
    .describe("template of the machines"),
  cpu: positiveInt.describe("cores of a machine"),
  memoryGiB: positiveInt.describe("memory of a machine in GiB"),
  propagateTaints: z
    .boolean()
    .default(false)
    .describe(
      "whether Cluster API's feature gate MachineTaintPropagation is on; without it the bootstrap template must set the taint nvidia.com/gpu=present:NoSchedule",
    ),
});

const SHARING_MODE = "none; time-slicing: detections take turns on one GPU; mig: each has a part of it";

const sharingSchema = z
  .discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("none").describe(SHARING_MODE) }),
    z.strictObject({
      mode: z.literal("time-slicing").describe(SHARING_MODE),
      replicas: z.int().min(2).describe("time-slicing: pods that share one GPU, without a wall between their memory"),
    }),
    z.strictObject({
      mode: z.literal("mig").describe(SHARING_MODE),
      profile: z
        .string()
        .regex(/^\d+g\.\d+gb$/, "a profile such as 1g.10gb")
        .describe("mig: what each part of a GPU gets"),
      partsPerGpu: z
        .int()
        .min(1)
        .max(7)
        .describe("mig: parts of that profile that one GPU has, each for one of the pods"),
    }),
  ])
  .default({ mode: "none" })
  .describe("how detections share a GPU; needs devicePlugin plugin or operator");

const queueSchema = z
  .strictObject({
    backend: z
      .enum(["none", "tekton", "kueue"])
      .default("tekton")
      .describe(
        "tekton holds runs as pending and lets them go in order; kueue leaves that to Kueue with tekton-kueue, which the cluster must have; none starts every run at once, and its timeout counts while it waits",
      ),
    quota: positiveInt.optional().describe("GPUs that detections may use at a time; without it all of the pool"),
  })
  .prefault({})
  .describe("where detections wait until there is a GPU for them");

export const gpuSchema = z.strictObject({
  backend: z
    .enum(["none", "existing", "karpenter", "cluster-api"])
    .default("none")
    .describe(
      "none; existing labels and taints the named nodes; karpenter declares a NodePool; cluster-api a MachineDeployment that the cluster autoscaler scales from zero",
    ),
  nodes: z.array(name).default([]).describe("existing: names of the nodes"),
  gpusPerNode: positiveInt.default(1).describe("GPUs of one node, each counted once however it is shared"),
  maxNodes: positiveInt.default(1).describe("karpenter, cluster-api: most nodes at a time"),
  instanceTypes: z.array(name).default([]).describe("karpenter: instance types that may be started"),
  nodeClass: z
    .strictObject({
      group: name.describe("API group of the node class"),
      kind: name.describe("kind of the node class"),
      name: name.describe("name of the node class"),
    })
    .optional()
    .describe("karpenter: the cloud's node class"),
  emptyMinutes: positiveInt.default(10).describe("karpenter: minutes after which a node without pods is removed"),
  expireDays: positiveInt
    .default(30)
    .describe("karpenter: days after which a node is replaced; a detection that runs is waited for"),
  machines: machinesSchema.optional().describe("cluster-api: what the nodes are made of"),
  devicePlugin: z
    .enum(["none", "plugin", "operator"])
    .default("none")
    .describe(
      "what makes GPUs known to Kubernetes: none, the nodes bring it; plugin declares NVIDIA's device plugin; operator, the cluster has NVIDIA's GPU operator, which is told how GPUs are shared",
    ),
  operatorNamespace: name.default("gpu-operator").describe("operator: its namespace"),
  runtimeClass: name
    .optional()
    .describe(
      "RuntimeClass of pods with GPUs, declared here with devicePlugin plugin; without it NVIDIA's runtime must be the nodes' default",
    ),
  sharing: sharingSchema,
  queue: queueSchema,
});

export type GpuConfig = z.output<typeof gpuSchema>;
export type MachinesConfig = z.output<typeof machinesSchema>;
