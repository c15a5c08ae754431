import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { GpuConfig } from "../config/schema-gpu";
import { GPU_RESOURCE, GPU_TOLERATION, poolLabels } from "../pipelines/gpu";
import { serviceAccount } from "./accounts";
import { SHARING_KEY } from "./gpu-nodes";
import { contentHash } from "./hash";
import { appLabel, namespaces } from "./names";
import { LakeNamespace } from "./namespace";

/** Where the kubelet and its plugins meet. */
const SOCKETS = "/var/lib/kubelet/device-plugins";
const SETTINGS = "/config";

export interface GpuDevicePluginArgs {
  /** The pool, and how its GPUs are shared. */
  config: GpuConfig;
  /** NVIDIA's device plugin. */
  image: string;
  /** Labels of its namespace. */
  labels: Record<string, string>;
}

/** The device plugin's settings, as its configuration file says them. */
export function pluginSettings({ sharing }: Pick<GpuConfig, "sharing">): object {
  const version = "v1";
  if (sharing.mode === "mig") return { version, flags: { migStrategy: "single" } };
  if (sharing.mode === "none") return { version };
  const resources = [{ name: GPU_RESOURCE, replicas: sharing.replicas }];
  return { version, sharing: { timeSlicing: { failRequestsGreaterThanOne: true, resources } } };
}

/** What makes GPUs a resource of Kubernetes: NVIDIA's device plugin and RuntimeClass, or the settings of its operator. */
export class GpuDevicePlugin extends pulumi.ComponentResource {
  private readonly parent = { parent: this };

  constructor(
    private readonly name: string,
    private readonly args: GpuDevicePluginArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:GpuDevicePlugin", name, args, opts);
    const { devicePlugin, operatorNamespace, sharing } = args.config;
    if (devicePlugin === "operator" && sharing.mode !== "none") this.settings(operatorNamespace);
    if (devicePlugin === "plugin") this.plugin();
    this.registerOutputs({});
  }

  private settings(namespace: pulumi.Input<string>): k8s.core.v1.ConfigMap {
    return new k8s.core.v1.ConfigMap(
      `${this.name}-sharing`,
      {
        metadata: { name: "drone-lake-gpu-sharing", namespace },
        data: { [SHARING_KEY]: stringify(pluginSettings(this.args.config)) },
      },
      this.parent,
    );
  }

  private plugin(): void {
    const { config } = this.args;
    // The plugin writes into the kubelet's own folder, which no restricted pod may.
    const namespace = new LakeNamespace(
      this.name,
      { name: namespaces.gpu, podSecurity: "privileged", labels: this.args.labels },
      this.parent,
    );
    if (config.runtimeClass) {
      const metadata = { name: config.runtimeClass };
      new k8s.node.v1.RuntimeClass(this.name, { metadata, handler: config.runtimeClass }, this.parent);
    }
    const settings = this.settings(namespace.name);
    const labels = { [appLabel]: "nvidia-device-plugin" };
    const account = serviceAccount(
      this.name,
      { name: "nvidia-device-plugin", namespace: namespaces.gpu, token: false },
      { ...this.parent, dependsOn: namespace },
    );
    new k8s.apps.v1.DaemonSet(
      this.name,
      {
        metadata: {
          name: "nvidia-device-plugin",
          namespace: namespace.name,
          labels,
          // A pool may have no node for weeks: there is nothing to wait for.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: this.podMetadata(labels), spec: this.podSpec(account) },
        },
      },
      { ...this.parent, dependsOn: settings },
    );
  }

  /** With a mark of the settings: the plugin reads them once, so other settings need other pods. */
  private podMetadata(labels: Record<string, string>) {
    const hash = contentHash(pluginSettings(this.args.config));
    return { labels, annotations: { "drone-lake/settings": hash } };
  }

  private podSpec(account: k8s.core.v1.ServiceAccount): k8s.types.input.core.v1.PodSpec {
    const { config, image } = this.args;
    const mig = config.sharing.mode === "mig";
    return {
      serviceAccountName: account.metadata.name,
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      priorityClassName: "system-node-critical",
      nodeSelector: poolLabels(config),
      tolerations: [GPU_TOLERATION],
      ...(config.runtimeClass ? { runtimeClassName: config.runtimeClass } : {}),
      containers: [
        {
          name: "nvidia-device-plugin",
          image,
          imagePullPolicy: "IfNotPresent",
          env: [
            { name: "CONFIG_FILE", value: `${SETTINGS}/${SHARING_KEY}` },
            { name: "FAIL_ON_INIT_ERROR", value: "true" },
            { name: "NVIDIA_VISIBLE_DEVICES", value: "all" },
            { name: "NVIDIA_DRIVER_CAPABILITIES", value: "compute,utility" },
            ...(mig ? [{ name: "NVIDIA_MIG_MONITOR_DEVICES", value: "all" }] : []),
          ],
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
          // The parts of a GPU are watched with a capability that whole ones do not need.
          securityContext: mig
            ? { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } }
            : { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: [
            { name: "sockets", mountPath: SOCKETS },
            { name: "settings", mountPath: SETTINGS, readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: "sockets", hostPath: { path: SOCKETS, type: "Directory" } },
        { name: "settings", configMap: { name: "drone-lake-gpu-sharing" } },
      ],
    };
  }
}
