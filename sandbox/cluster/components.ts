import { join } from "node:path";
import type { Instance } from "../instance";
import { API_PORT, SERVICE_CIDR } from "./network";
import type { Pki } from "./pki";
import { policyEnforcer } from "./policies";
import type { NodeTools, SettingsFiles } from "./settings";

/** A long-running process of the node. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
}

/** The control plane's and the node's processes, in the order in which they start. */
export function components(instance: Instance, pki: Pki, settings: SettingsFiles, tools: NodeTools): Component[] {
  return [
    { name: "etcd", command: [tools.etcd, ...flags(etcd(pki))] },
    {
      name: "containerd",
      command: [join(tools.containerdDir, "containerd"), ...flags({ config: settings.containerd })],
    },
    { name: "kube-apiserver", command: [tools.apiserver, ...flags(apiserver(instance, pki))] },
    {
      name: "kube-controller-manager",
      command: [tools.controllerManager, ...flags(controllerManager(pki, settings))],
    },
    {
      name: "kube-scheduler",
      command: [tools.scheduler, ...flags(locally(settings.kubeconfigs.scheduler))],
    },
    { name: "kube-proxy", command: [tools.proxy, ...flags({ config: settings.proxy })] },
    // Before there are pods, so that none is without it.
    ...(tools.policyEnforcer ? [policyEnforcer(instance, settings.kubeconfigs.policies, tools.policyEnforcer)] : []),
    {
      name: "kubelet",
      command: [
        tools.kubelet,
        ...flags({
          config: settings.kubelet,
          kubeconfig: settings.kubeconfigs.node,
          "hostname-override": instance.nodeName,
          "node-ip": instance.nodeAddress,
          "root-dir": "/var/lib/kubelet",
          "cert-dir": "/var/lib/kubelet/pki",
        }),
      ],
    },
  ];
}

function flags(values: Record<string, string>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

function etcd(pki: Pki): Record<string, string> {
  const client = "https://127.0.0.1:2379";
  const peer = "https://127.0.0.1:2380";
  return {
    name: "node",
    "data-dir": "/var/lib/etcd",
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `node=${peer}`,
    "cert-file": pki.etcd.cert,
    "key-file": pki.etcd.key,
    "client-cert-auth": "true",
    "trusted-ca-file": pki.etcdCa.cert,
    "peer-cert-file": pki.etcd.cert,
    "peer-key-file": pki.etcd.key,
    "peer-client-cert-auth": "true",
    "peer-trusted-ca-file": pki.etcdCa.cert,
    // A shared disk may answer late: an election for that reason, with one member, only costs time.
    "heartbeat-interval": "500",
    "election-timeout": "5000",
  };
}

function apiserver(instance: Instance, pki: Pki): Record<string, string> {
  return {
    // Pods reach it through the service's address, so it listens on the node's address as well.
    "bind-address": "0.0.0.0",
    "advertise-address": instance.nodeAddress,
    "secure-port": String(API_PORT),
    "allow-privileged": "true",
    "authorization-mode": "Node,RBAC",
    "client-ca-file": pki.ca.cert,
    "enable-admission-plugins": "NodeRestriction",
    "etcd-servers": "https://127.0.0.1:2379",
    "etcd-cafile": pki.etcdCa.cert,
    "etcd-certfile": pki.etcdClient.cert,
    "etcd-keyfile": pki.etcdClient.key,
    "kubelet-certificate-authority": pki.ca.cert,
    "kubelet-client-certificate": pki.apiserverToKubelet.cert,
    "kubelet-client-key": pki.apiserverToKubelet.key,
    "kubelet-preferred-address-types": "InternalIP",
    profiling: "false",
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-key-file": pki.serviceAccount.publicKey,
    "service-account-signing-key-file": pki.serviceAccount.key,
    "service-cluster-ip-range": SERVICE_CIDR,
    "tls-cert-file": pki.apiserver.cert,
    "tls-private-key-file": pki.apiserver.key,
  };
}

function controllerManager(pki: Pki, settings: SettingsFiles): Record<string, string> {
  return {
    ...locally(settings.kubeconfigs["controller-manager"]),
    // A node that is only busy is not to lose its pods.
    "node-monitor-grace-period": "3m",
    "root-ca-file": pki.ca.cert,
    "service-account-private-key-file": pki.serviceAccount.key,
    "use-service-account-credentials": "true",
  };
}

/** One of each kind runs, so nothing is elected; only the node itself can ask it. */
function locally(kubeconfig: string): Record<string, string> {
  return {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "bind-address": "127.0.0.1",
    "leader-elect": "false",
    profiling: "false",
  };
}
