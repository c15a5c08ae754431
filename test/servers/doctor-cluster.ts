/** What a test puts into the API server to look like a cluster that is ready for an environment; all of it is taken away again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../plugins/kubernetes/client";
import type { KubeObject } from "../../plugins/kubernetes/objects";

/** Ready 4-core nodes have this much for pods. */
export const ROOMY = { cpu: "63", memory: "490Gi", "ephemeral-storage": "3Ti", pods: "110" };

const COLLECTIONS = {
  Node: "/api/v1/nodes",
  StorageClass: "/apis/storage.k8s.io/v1/storageclasses",
  CustomResourceDefinition: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  Namespace: "/api/v1/namespaces",
  ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
} as const;

export class TestCluster {
  private readonly made: string[] = [];

  constructor(private readonly client: Client) {}

  /** Makes an object under a path of a collection. */
  async make(collection: string, object: object): Promise<void> {
    const { metadata } = await this.client.request<KubeObject>("POST", collection, { body: object });
    this.made.push(`${collection}/${metadata.name}`);
  }

  create(kind: keyof typeof COLLECTIONS, apiVersion: string, name: string, fields: object = {}): Promise<void> {
    return this.make(COLLECTIONS[kind], { apiVersion, kind, metadata: { name }, ...fields });
  }

  /** A node that is ready, as its kubelet would say; nobody runs pods on it. */
  async node(name: string, allocatable: Record<string, string> = ROOMY): Promise<void> {
    await this.create("Node", "v1", name);
    const status = {
      ...{ allocatable, capacity: allocatable },
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: new Date().toISOString() }],
    };
    const path = `${COLLECTIONS.Node}/${name}`;
    const contentType = "application/merge-patch+json";
    await this.client.request("PATCH", `${path}/status`, { body: { status }, contentType });
    // A controller takes the taint of a node that is not ready away again.
    for (;;) {
      const { spec } = await this.client.request<KubeObject>("GET", path);
      if (!spec?.taints?.length) return;
      await sleep(100);
    }
  }

  /** A kind of a group whose objects hold anything. Resolves when the server serves it. */
  async kind(group: string, version: string, kind: string, scope: "Cluster" | "Namespaced" = "Cluster"): Promise<void> {
    const plural = `${kind.toLowerCase()}${kind.endsWith("s") ? "es" : "s"}`;
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    await this.create("CustomResourceDefinition", "apiextensions.k8s.io/v1", `${plural}.${group}`, {
      spec: {
        ...{ group, scope, names: { kind, plural, singular: kind.toLowerCase() } },
        versions: [{ name: version, served: true, storage: true, schema }],
      },
    });
    const served = () => this.client.request("GET", `/apis/${group}/${version}/${plural}`).catch(() => undefined);
    while ((await served()) === undefined) await sleep(100);
  }

  /** Takes everything away, the last made first. */
  async clear(): Promise<void> {
    for (const path of this.made.reverse()) await this.client.request("DELETE", path).catch(() => undefined);
  }
}
