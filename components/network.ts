import type * as k8s from "@pulumi/kubernetes";
import type { Exposure } from "../config/values";
import { appLabel } from "./names";

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type Port = k8s.types.input.networking.v1.NetworkPolicyPort;

/** Pods of one part of the lake, in the policy's own namespace or in another. */
export function pods(name: string, namespace?: string): Peer {
  return {
    podSelector: { matchLabels: { [appLabel]: name } },
    ...(namespace ? { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } } : {}),
  };
}

/** Every pod of a namespace. */
export function podsOf(namespace: string): Peer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}

/** Clients outside of the cluster, where a Service lets them in; their addresses are not known to the program. */
export function outside(exposure: Exposure): Peer[] {
  return exposure.type === "ClusterIP" ? [] : [{ ipBlock: { cidr: "0.0.0.0/0" } }];
}

/** One TCP port. */
export function tcp(port: number): Port {
  return { protocol: "TCP", port };
}

/** Spec of a Service's type and, where it has one, its fixed port on every node. */
export function serviceExposure(exposure: Exposure): { type: string; nodePort?: number } {
  return exposure.type === "NodePort" ? { type: "NodePort", nodePort: exposure.port } : { type: exposure.type };
}

/** Kubernetes' API server: its address is not known to the program, its ports are. */
export function apiServer(ports: readonly number[]): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: ports.map(tcp) };
}
