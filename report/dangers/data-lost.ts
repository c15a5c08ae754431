import { kindOf } from "../../policies/readers/kubernetes";
import type { Resource } from "../../policies/readers/resource";
import { at, list } from "../../policies/readers/values";
import { type Change, resourceAt } from "../plan";
import type { DangerRule } from "./danger";

/** Types whose resources hold data, or are what it is read by. */
const HOLDERS: Readonly<Record<string, string>> = {
  "minio:index/s3Bucket:S3Bucket": "a bucket with all its objects",
  "minio:index/s3Object:S3Object": "an object",
  "postgresql:index/database:Database": "a database with all its tables",
  "postgresql:index/schema:Schema": "a schema with all its tables",
  "postgresql:index/extension:Extension": "an extension with every column of its types",
};

/** Kinds of Kubernetes that hold data themselves or take with them what does. */
const KINDS: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "a volume",
  PersistentVolume: "a volume",
  Namespace: "a namespace with everything in it, volumes too",
  CustomResourceDefinition: "a kind of object with all objects of it",
  Cluster: "a database cluster with its volumes",
};

/** What of data goes with a resource, undefined where nothing does. */
export function dataIn(resource: Resource): string | undefined {
  const kind = kindOf(resource);
  if (!kind) return HOLDERS[resource.type];
  if (kind === "StatefulSet") {
    return list(at(resource.props, "spec.volumeClaimTemplates")).length ? "the pods on their volumes" : undefined;
  }
  return KINDS[kind];
}

/** How it leaves, with what Pulumi would do about it. */
function fate({ operation, before, after, replacing }: Change): string {
  const verb = operation === "delete" ? "deletes" : "replaces";
  const because = replacing.length ? `, because of ${replacing.map((path) => `\`${path}\``).join(", ")}` : "";
  // For a replacement it is enough to unprotect it in the same change.
  const guard =
    before?.protect && after?.protect !== false
      ? "; it is protected, so `up` refuses"
      : before?.retainOnDelete
        ? "; the old one stays, and Pulumi knows nothing of it any more"
        : "";
  return `${verb} %${because}${guard}`;
}

export const dataLost: DangerRule = {
  name: "data-lost",
  why: "What is deleted or made anew begins empty, and no later `up` brings back what was in it.",
  *find(change) {
    if (change.operation !== "delete" && change.operation !== "replace") return;
    const before = resourceAt(change, "before");
    const held = before && dataIn(before);
    if (held) yield fate(change).replace("%", held);
  },
};
