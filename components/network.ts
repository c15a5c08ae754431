import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Exposure, holds, isRestricted } from "../config/values";
import { appLabel, databaseLabel } from "./names";

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type Port = k8s.types.input.networking.v1.NetworkPolicyPort;

/** Pods of one part of the lake, in the policy's own namespace or in another. */
export function pods(name: string, namespace?: string): Peer {
  return {
    podSelector: { matchLabels: { [appLabel]: name } },
    ...(namespace ? { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } } : {}),
  };
}

/** Every pod that answers as the database, in the policy's own namespace or in another. */
export function databasePods(namespace?: string): Peer {
  return { podSelector: { matchLabels: databaseLabel }, ...(namespace ? podsOf(namespace) : {}) };
}

/** Every pod of a namespace. */
export function podsOf(namespace: string): Peer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}

/** Clients outside of the cluster, where a Service lets them in. Pods are clients inside, whatever range has their addresses. */
export function outside(exposure: Exposure, podCidrs: readonly string[]): Peer[] {
  if (exposure.type === "ClusterIP") return [];
  return exposure.allowedCidrs
    .filter((cidr) => !podCidrs.some((pods) => holds(pods, cidr)))
    .map((cidr) => {
      const except = podCidrs.filter((pods) => holds(cidr, pods));
      return { ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } };
    });
}

/** One TCP port. */
export function tcp(port: number): Port {
  return { protocol: "TCP", port };
}

/** The part of a Service's spec that says who reaches its one port from where. */
export function serviceExposure(
  exposure: Exposure,
  port: k8s.types.input.core.v1.ServicePort,
): k8s.types.input.core.v1.ServiceSpec {
  const { type } = exposure;
  return {
    type,
    ports: [type === "NodePort" ? { ...port, nodePort: exposure.port } : port],
    ...(type === "LoadBalancer" ? { loadBalancerSourceRanges: exposure.allowedCidrs } : {}),
    // Else the nodes put their own address in place of the client's, and a network policy cannot tell who comes.
    ...(isRestricted(exposure) ? { externalTrafficPolicy: "Local" } : {}),
  };
}

/** Kubernetes' API server: its address is not known to the program, its ports are. */
export function apiServer(ports: readonly number[]): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: ports.map(tcp) };
}

/** A TCP port of a server outside of the cluster, whose address the program does not know. */
export function anywhere(port: number): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(port)] };
}

/** A NetworkPolicy that lets the pods of one part of the lake out to what the rules name. */
export function letOut(
  name: string,
  part: { app: string; namespace: pulumi.Input<string>; to: k8s.types.input.networking.v1.NetworkPolicyEgressRule[] },
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  const { app, namespace, to } = part;
  return new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: { name: app, namespace },
      spec: { podSelector: { matchLabels: { [appLabel]: app } }, policyTypes: ["Egress"], egress: to },
    },
    opts,
  );
}
