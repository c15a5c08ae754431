/** Kubernetes objects as plain JSON, their identity, and their way into and out of Pulumi's properties. */
import { ProviderError } from "../shared/errors";
import { isObject, type JsonObject, type Properties, Secret, type Value } from "../shared/values";

export interface ObjectMeta {
  name?: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: ManagedFields[];
}

export interface ManagedFields {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: JsonObject;
  subresource?: string;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // biome-ignore lint/suspicious/noExplicitAny: the shape below depends on the kind, which only the server knows
  [key: string]: any;
}

/** `<group>/<version>` and kind; the core group has no group part. */
export interface GroupVersionKind {
  apiVersion: string;
  kind: string;
}

/** Object ID in the state: `namespace/name`, or `name` without a namespace. */
export function objectId(metadata: ObjectMeta): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : `${metadata.name}`;
}

export function parseId(id: string): { namespace?: string; name: string } {
  const parts = id.split("/");
  const [first = "", second] = parts;
  if (first === "" || parts.length > 2 || second === "") {
    throw new ProviderError(
      `"${id}" names no Kubernetes object: give <namespace>/<name>, or <name> for one without a namespace`,
    );
  }
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** How an object is named to the user: `Deployment parity/web`. */
export function describe(object: GroupVersionKind & { metadata: ObjectMeta }): string {
  return `${object.kind} ${objectId(object.metadata)}`;
}

/** Groups of the Kubernetes API itself, in which the SDK has types with the endings `List` and `Patch`; elsewhere these are a kind's own. */
const BUILT_IN =
  /^(core|apps|autoscaling|batch|extensions|policy|((admissionregistration|apiextensions|apiregistration|auditregistration|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|settings|storage|storagemigration)\.k8s\.io))\//;

/** Whether a type token means some fields of an object that others own, as `kubernetes:core/v1:NodePatch` does. */
export function isPatchToken(type: string): boolean {
  const [, apiVersion = "", kind = ""] = type.split(":");
  return BUILT_IN.test(apiVersion) && kind.endsWith("Patch");
}

/** The kind that a type token such as `kubernetes:apps/v1:Deployment` means. Throws on tokens that are not of a single kind. */
export function fromToken(type: string): GroupVersionKind {
  const [, apiVersion = "", kind = ""] = type.split(":");
  const unsupported = (what: string, instead: string) =>
    new ProviderError(`${type}: the local build of the kubernetes plugin does not ${what}: ${instead}`);
  if (/^(helm\.sh|kustomize|yaml)\b/.test(apiVersion)) {
    throw unsupported("render charts or manifests", "declare the objects, for example by yaml.ConfigGroup (v1)");
  }
  if (BUILT_IN.test(apiVersion) && kind.endsWith("List")) {
    throw unsupported("create lists", "declare each of the objects");
  }
  return {
    apiVersion: apiVersion.replace(/^core\//, ""),
    kind: isPatchToken(type) ? kind.replace(/Patch$/, "") : kind,
  };
}

/** JSON schema extensions have dashes, which the SDK spells as underscores. */
const DASHED = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
];
const TO_DASHES = new Map(DASHED.map((key) => [key.replaceAll("-", "_"), key]));
const TO_UNDERSCORES = new Map(DASHED.map((key) => [key, key.replaceAll("-", "_")]));

function renameKeys(value: Value, names: Map<string, string>): Value {
  if (value instanceof Secret) return new Secret(renameKeys(value.value, names));
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [names.get(key) ?? key, renameKeys(item, names)]),
  );
}

/** The SDK's spelling of keys to the server's. */
export function toServerKeys(properties: Properties): Properties {
  return renameKeys(properties, TO_DASHES) as Properties;
}

/** The server's spelling of keys to the SDK's. */
export function toSdkKeys(properties: Properties): Properties {
  return renameKeys(properties, TO_UNDERSCORES) as Properties;
}
