import type { Environment } from "../config";
import { GPU_TAINT } from "../pipelines/gpu";
import { parseQuantity } from "../plugins/kubernetes/quantity";
import type { ClusterReader } from "./cluster";

export interface Node {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly allocatable?: Record<string, string>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly architecture: string };
  };
}

export function nodes(cluster: ClusterReader): Promise<Node[]> {
  return cluster.list<Node>("/api/v1/nodes");
}

/** Why pods that tolerate nothing stay away from a node; undefined where they do not. */
export function closedBecause(node: Node, { gpu }: Pick<Environment, "gpu">): string | undefined {
  if (!isReady(node)) return "not ready";
  if (node.spec?.unschedulable) return "cordoned";
  if (gpu.backend === "existing" && gpu.nodes.includes(node.metadata.name)) return "in the GPU pool";
  const taint = node.spec?.taints?.find(({ effect }) => effect !== "PreferNoSchedule");
  if (!taint) return undefined;
  return taint.key === GPU_TAINT.key ? "a GPU node" : `tainted with ${taint.key}`;
}

export function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** What pods may request of a node, in cores or bytes; 0 where the node has none of it. */
export function allocatable({ status }: Node, resource: string): number {
  return parseQuantity(status?.allocatable?.[resource] ?? "0") ?? 0;
}

/** Whether a pod of some requests, in cores and bytes, finds room on an empty node. */
export function hasRoom(node: Node, requests: { cpu: number; memory: number }): boolean {
  return allocatable(node, "cpu") >= requests.cpu && allocatable(node, "memory") >= requests.memory;
}

/** What starts nodes by itself, so that one which is missing now may come; undefined where nothing does. */
export async function autoscaler(cluster: ClusterReader): Promise<string | undefined> {
  if ((await cluster.list("/apis/karpenter.sh/v1/nodepools")).length > 0) return "Karpenter";
  const status = await cluster.get("/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status");
  return status && "the cluster autoscaler";
}
