/** Which kinds the server has, at which paths. Asked once per API group and process; custom kinds that come later are found again. */
import { type Client, isNotFound } from "./client";
import type { GroupVersionKind, KubeObject, ObjectMeta } from "./objects";

export interface KindInfo extends GroupVersionKind {
  resource: string;
  namespaced: boolean;
}

/** The server does not know the kind (yet). */
export class NoSuchKindError extends Error {
  constructor(readonly kind: GroupVersionKind) {
    super(`the server has no kind ${kind.kind} in ${kind.apiVersion}: is its CustomResourceDefinition installed?`);
  }
}

/** Kinds of the built-in API that live outside namespaces; needed when no server can be asked. */
const CLUSTER_SCOPED = new Set([
  "v1/Namespace",
  "v1/Node",
  "v1/PersistentVolume",
  "rbac.authorization.k8s.io/v1/ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
  "storage.k8s.io/v1/StorageClass",
  "storage.k8s.io/v1/CSIDriver",
  "scheduling.k8s.io/v1/PriorityClass",
  "networking.k8s.io/v1/IngressClass",
  "node.k8s.io/v1/RuntimeClass",
  "apiextensions.k8s.io/v1/CustomResourceDefinition",
  "apiregistration.k8s.io/v1/APIService",
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding",
  "certificates.k8s.io/v1/CertificateSigningRequest",
]);

const key = ({ apiVersion, kind }: GroupVersionKind) => `${apiVersion}/${kind}`;

/** An answer younger than this is not asked for again, however many resources miss the same kind. */
const FRESH_MS = 400;

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

export class Discovery {
  private readonly lists = new Map<string, Promise<Map<string, KindInfo>>>();
  private readonly askedAt = new Map<string, number>();
  /** Scope of custom kinds that this program is about to define. */
  private readonly planned = new Map<string, boolean>();

  constructor(private readonly client: Client) {}

  /** Throws `NoSuchKindError`. A kind that is missing from an older answer is asked for again. */
  async find(kind: GroupVersionKind): Promise<KindInfo> {
    const known = (await this.list(kind.apiVersion)).get(kind.kind);
    if (known) return known;
    const asked = this.askedAt.get(kind.apiVersion) ?? 0;
    const info = Date.now() - asked < FRESH_MS ? undefined : (await this.list(kind.apiVersion, true)).get(kind.kind);
    if (!info) throw new NoSuchKindError(kind);
    return info;
  }

  private list(apiVersion: string, anew = false): Promise<Map<string, KindInfo>> {
    const known = this.lists.get(apiVersion);
    if (known && !anew) return known;
    const list = this.fetch(apiVersion);
    this.lists.set(apiVersion, list);
    this.askedAt.set(apiVersion, Date.now());
    // A failure must not be remembered: the next call may come when the server is back.
    list.catch(() => this.lists.delete(apiVersion));
    return list;
  }

  /** Whether objects of the kind have a namespace, with or without a server; a kind that nobody knows is taken to have one. */
  async isNamespaced(kind: GroupVersionKind): Promise<boolean> {
    const planned = this.planned.get(key(kind));
    if (planned !== undefined) return planned;
    if (CLUSTER_SCOPED.has(key(kind))) return false;
    try {
      return (await this.find(kind)).namespaced;
    } catch {
      return true;
    }
  }

  /** Remembers the kinds that a CustomResourceDefinition of this program defines. */
  plan(definition: KubeObject): void {
    const { group, names, scope, versions } = definition.spec ?? {};
    for (const version of Array.isArray(versions) ? versions : []) {
      this.planned.set(`${group}/${version.name}/${names?.kind}`, scope !== "Cluster");
    }
  }

  private async fetch(apiVersion: string): Promise<Map<string, KindInfo>> {
    try {
      const { resources } = await this.client.request<ResourceList>("GET", groupPath(apiVersion));
      const kinds = resources.filter(({ name }) => !name.includes("/"));
      return new Map(
        kinds.map(({ name, kind, namespaced }) => [kind, { apiVersion, kind, resource: name, namespaced }] as const),
      );
    } catch (error) {
      if (isNotFound(error)) return new Map();
      throw error;
    }
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** URL path of a kind's collection (in one namespace). */
export function collectionPath(info: KindInfo, namespace: string | undefined): string {
  const scope = info.namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
  return `${groupPath(info.apiVersion)}${scope}/${info.resource}`;
}

export function objectPath(info: KindInfo, { namespace, name }: Pick<ObjectMeta, "namespace" | "name">): string {
  return `${collectionPath(info, namespace)}/${encodeURIComponent(name ?? "")}`;
}
