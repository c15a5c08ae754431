import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuConfig } from "../config/schema-gpu";
import { GPU_TAINT } from "../pipelines/gpu";
import { GpuDevicePlugin } from "./gpu-device-plugin";
import { machineDeployment, nodeLabels, nodePool } from "./gpu-nodes";

export interface GpuPoolArgs {
  /** Where the nodes come from, and how their GPUs are shared. */
  config: GpuConfig;
  /** NVIDIA's device plugin. */
  image: string;
  /** Labels of what is made for the pool, beside the pool's own. */
  labels: Record<string, string>;
}

/**
 * Nodes with GPUs, as the environment says: none, existing ones that are marked, or ones that Karpenter or Cluster API
 * start. Every one has the pool's label, and a taint that keeps away what needs no GPU.
 */
export class GpuPool extends pulumi.ComponentResource {
  constructor(name: string, args: GpuPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:GpuPool", name, args, opts);
    const { config } = args;
    const parent = { parent: this };
    if (config.backend === "existing") {
      for (const node of config.nodes) {
        // A patch: the node itself is not ours, and stays when the program goes.
        new k8s.core.v1.NodePatch(
          `${name}-${node}`,
          { metadata: { name: node, labels: nodeLabels(config) }, spec: { taints: [GPU_TAINT] } },
          parent,
        );
      }
    }
    if (config.backend === "karpenter") {
      new k8s.apiextensions.CustomResource(name, nodePool(name, config, args.labels), parent);
    }
    if (config.backend === "cluster-api" && config.machines) {
      new k8s.apiextensions.CustomResource(name, machineDeployment(name, config, config.machines, args.labels), parent);
    }
    if (config.backend !== "none" && config.devicePlugin !== "none")
      new GpuDevicePlugin(`${name}-plugin`, args, parent);
    this.registerOutputs({});
  }
}
