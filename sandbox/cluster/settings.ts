import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeAtomic } from "../files";
import type { Instance } from "../instance";
import { API_PORT, DNS_ADDRESS, POD_CIDR } from "./network";
import type { Pair, Pki } from "./pki";

/** Binaries of the node: files, or folders where the name says so. */
export interface NodeTools {
  readonly etcd: string;
  readonly apiserver: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kubelet: string;
  readonly proxy: string;
  readonly kubectl: string;
  /** Enforces network policies; not there where the kernel has nothing to do it with. */
  readonly policyEnforcer?: string;
  /** Holds containerd, its shims and ctr. */
  readonly containerdDir: string;
  readonly runc: string;
  readonly cniDir: string;
  /** Folders to search for iptables and what else the node calls by name. */
  readonly path: readonly string[];
  /** Environment that those need. */
  readonly env: Record<string, string>;
}

/** The files that the components read. */
export interface SettingsFiles {
  readonly containerd: string;
  readonly kubelet: string;
  readonly proxy: string;
  readonly kubeconfigs: Record<keyof Pki["clients"], string>;
}

export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

/** Writes the components' settings below the node's folder, and the person's kubeconfig. */
export function writeSettings(instance: Instance, pki: Pki, tools: NodeTools, pauseRef: string): SettingsFiles {
  const dir = join(instance.nodeDir, "etc");
  const file = (name: string, content: string, mode?: number) => {
    writeAtomic(join(dir, name), content, mode);
    return join(dir, name);
  };
  const cni = join(dir, "cni");
  writeAtomic(join(cni, "10-drone-lake.conflist"), `${JSON.stringify(cniNetwork(), null, 2)}\n`);
  const resolver = file("resolv.conf", "");
  const kubeconfigs = Object.fromEntries(
    Object.entries(pki.clients).map(([name, pair]) => [
      name,
      file(`${name}.kubeconfig`, kubeconfig(instance, pki.ca, pair), 0o600),
    ]),
  ) as SettingsFiles["kubeconfigs"];
  writeAtomic(instance.kubeconfig, kubeconfig(instance, pki.ca, pki.clients.admin), 0o600);
  return {
    containerd: file("containerd.toml", containerdSettings(tools, cni, pauseRef)),
    kubelet: file("kubelet.yaml", stringify(kubeletSettings(instance, pki, resolver))),
    proxy: file("proxy.yaml", stringify(proxySettings(instance, kubeconfigs.proxy))),
    kubeconfigs,
  };
}

/** A kubeconfig that holds its certificates itself. */
export function kubeconfig(instance: Instance, ca: Pair, client: Pair): string {
  const base64 = (file: string) => readFileSync(file).toString("base64");
  const name = instance.nodeName;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: `https://${instance.nodeAddress}:${API_PORT}`,
          "certificate-authority-data": base64(ca.cert),
        },
      },
    ],
    users: [{ name, user: { "client-certificate-data": base64(client.cert), "client-key-data": base64(client.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

/** Pods are routed, one link each: unlike a bridge, that needs no kernel module which would change the host's own bridges. */
function cniNetwork() {
  return {
    cniVersion: "0.4.0",
    name: "drone-lake",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: "/var/lib/cni/networks",
          ranges: [[{ subnet: POD_CIDR }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/**
 * OOM scores are left alone, since lowering one needs CAP_SYS_RESOURCE; AppArmor too, since a loaded profile is the whole machine's.
 */
function containerdSettings(tools: NodeTools, cniConf: string, pauseRef: string): string {
  const text = (value: string) => JSON.stringify(value);
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = ${text(CONTAINERD_SOCKET)}

[${cri}]
  sandbox_image = ${text(pauseRef)}
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true

[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  BinaryName = ${text(tools.runc)}
  SystemdCgroup = false

[${cri}.cni]
  bin_dir = ${text(tools.cniDir)}
  conf_dir = ${text(cniConf)}
`;
}

/** Images cannot be pulled again, so none is ever collected. */
function kubeletSettings(instance: Instance, pki: Pki, resolver: string) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: "0.0.0.0",
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: pki.ca.cert } },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: instance.cgroup,
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: "cluster.local",
    containerLogMaxFiles: 2,
    containerLogMaxSize: "5Mi",
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    failCgroupV1: false,
    failSwapOn: false,
    imageGCHighThresholdPercent: 100,
    protectKernelDefaults: true,
    readOnlyPort: 0,
    resolvConf: resolver,
    tlsCertFile: pki.kubelet.cert,
    tlsPrivateKeyFile: pki.kubelet.key,
    volumePluginDir: "/var/lib/kubelet/volume-plugins",
  };
}

/** Zeros leave connection tracking as it is: its limits are the machine's. */
function proxySettings(instance: Instance, kubeconfigFile: string) {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    bindAddress: "0.0.0.0",
    clientConnection: { kubeconfig: kubeconfigFile },
    clusterCIDR: POD_CIDR,
    conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: "0s", tcpEstablishedTimeout: "0s" },
    hostnameOverride: instance.nodeName,
    mode: "iptables",
  };
}
