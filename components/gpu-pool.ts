import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuConfig } from "../config/schema-gpu";
import { GPU_LABEL, GPU_TAINT } from "../pipelines/runs";

export interface GpuPoolArgs {
  config: GpuConfig;
  /** Labels of the nodes that are started, beside the pool's own. */
  labels: Record<string, string>;
}

/** Nodes with GPUs, as the environment says: none, existing ones that are marked, or ones that Karpenter starts. */
export class GpuPool extends pulumi.ComponentResource {
  /** Whether there is a pool at all. */
  readonly exists: boolean;

  constructor(name: string, args: GpuPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:GpuPool", name, args, opts);
    const { config } = args;
    this.exists = config.backend !== "none";
    const taint = { key: GPU_TAINT, value: "present", effect: "NoSchedule" };
    const labels = { [GPU_LABEL]: "true" };
    if (config.backend === "existing") {
      for (const node of config.nodes) {
        // A patch: the node itself is not ours, and stays when the program goes.
        new k8s.core.v1.NodePatch(
          `${name}-${node}`,
          { metadata: { name: node, labels }, spec: { taints: [taint] } },
          { parent: this },
        );
      }
    }
    if (config.backend === "karpenter") {
      new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: "karpenter.sh/v1",
          kind: "NodePool",
          metadata: { name },
          spec: {
            limits: { "nvidia.com/gpu": String(config.maxNodes * config.gpusPerNode) },
            disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "10m" },
            template: {
              metadata: { labels: { ...args.labels, ...labels } },
              spec: {
                expireAfter: "720h",
                nodeClassRef: config.nodeClass,
                requirements: [
                  { key: "node.kubernetes.io/instance-type", operator: "In", values: config.instanceTypes },
                ],
                taints: [taint],
              },
            },
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({ exists: this.exists });
  }
}
