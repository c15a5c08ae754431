import { gpusOfNode } from "../config/gpus";
import type { GpuConfig, MachinesConfig } from "../config/schema-gpu";
import { GPU_RESOURCE, GPU_TAINT, poolLabels } from "../pipelines/gpu";
import type { Manifest } from "./manifest";

/** Key of the settings of the pool in the device plugin's ConfigMap. */
export const SHARING_KEY = "pool";

/** Labels of the pool's nodes, those included by which NVIDIA's GPU operator finds out how GPUs are shared. */
export function nodeLabels(gpu: GpuConfig): Record<string, string> {
  const { sharing, devicePlugin } = gpu;
  const shared = devicePlugin === "operator" && sharing.mode !== "none";
  return {
    ...poolLabels(gpu),
    ...(shared ? { "nvidia.com/device-plugin.config": SHARING_KEY } : {}),
    ...(shared && sharing.mode === "mig" ? { "nvidia.com/mig.config": `all-${sharing.profile}` } : {}),
  };
}

/** Karpenter's pool: nodes come when a pod asks for a GPU, and go when they are empty or old. */
export function nodePool(name: string, gpu: GpuConfig, labels: Record<string, string>): Manifest {
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodePool",
    metadata: { name },
    spec: {
      // What the machines have; how it is shared is not known before they are there.
      limits: { [GPU_RESOURCE]: String(gpu.maxNodes * gpu.gpusPerNode) },
      disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: `${gpu.emptyMinutes}m` },
      template: {
        metadata: { labels: { ...labels, ...nodeLabels(gpu) } },
        spec: {
          expireAfter: `${24 * gpu.expireDays}h`,
          nodeClassRef: gpu.nodeClass,
          requirements: [{ key: "node.kubernetes.io/instance-type", operator: "In", values: gpu.instanceTypes }],
          taints: [GPU_TAINT],
        },
      },
    },
  };
}

/** Cluster API's pool: the cluster autoscaler starts its machines from none, and reads here what they will be like. */
export function machineDeployment(
  name: string,
  gpu: GpuConfig,
  machines: MachinesConfig,
  labels: Record<string, string>,
): Manifest {
  const ofNodes = nodeLabels(gpu);
  const size = "cluster.x-k8s.io/cluster-api-autoscaler-node-group";
  const capacity = "capacity.cluster-autoscaler.kubernetes.io";
  const pairs = Object.entries(ofNodes).map(([key, value]) => `${key}=${value}`);
  const template = ({ group, kind, name }: { group: string; kind: string; name: string }) => {
    return { apiGroup: group, kind, name };
  };
  return {
    apiVersion: "cluster.x-k8s.io/v1beta2",
    kind: "MachineDeployment",
    metadata: {
      name,
      namespace: machines.namespace,
      labels,
      annotations: {
        [`${size}-min-size`]: "0",
        [`${size}-max-size`]: String(gpu.maxNodes),
        [`${capacity}/cpu`]: String(machines.cpu),
        [`${capacity}/memory`]: `${machines.memoryGiB}Gi`,
        [`${capacity}/gpu-type`]: GPU_RESOURCE,
        [`${capacity}/gpu-count`]: String(gpusOfNode(gpu)),
        [`${capacity}/labels`]: pairs.join(","),
        [`${capacity}/taints`]: `${GPU_TAINT.key}=${GPU_TAINT.value}:${GPU_TAINT.effect}`,
      },
    },
    // Without replicas: their number is the autoscaler's.
    spec: {
      clusterName: machines.cluster,
      selector: { matchLabels: { "cluster.x-k8s.io/deployment-name": name } },
      template: {
        metadata: { labels: { ...labels, ...ofNodes, "cluster.x-k8s.io/deployment-name": name } },
        spec: {
          clusterName: machines.cluster,
          version: machines.version,
          bootstrap: { configRef: template(machines.bootstrap) },
          infrastructureRef: template(machines.infrastructure),
          ...(machines.propagateTaints ? { taints: [{ ...GPU_TAINT, propagation: "Always" }] } : {}),
        },
      },
    },
  };
}
