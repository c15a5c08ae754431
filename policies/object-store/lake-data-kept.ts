import { outsideSandbox } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { at, differs, list } from "../readers/values";

const HOLDERS = [
  "minio:index/s3Bucket:S3Bucket",
  "postgresql:index/database:Database",
  "postgresql:index/schema:Schema",
  "kubernetes:core/v1:PersistentVolumeClaim",
  "kubernetes:postgresql.cnpg.io/v1:Cluster",
];

export const lakeDataKept: ResourcePolicy = {
  name: "lake-data-kept",
  demand: "What holds data is protected, and its volumes stay when it goes.",
  why: "A renamed resource is a deletion and a creation: one careless rename in a pull request, and the photos of a year are gone with the bucket.",
  looksAt:
    "the option `protect` of buckets, databases, schemas, volume claims and of StatefulSets with volumes; `forceDestroy` of S3Bucket; `persistentVolumeClaimRetentionPolicy`. The option `retainOnDelete` is not shown to policies",
  remedy: "Set `protect: true` in the stack's config. To remove data, unprotect it by name in a change that says why.",
  levels: outsideSandbox,
  *check(resource) {
    const { type, props, protect } = resource;
    const claims = at(props, "spec.volumeClaimTemplates");
    const onVolumes = kindOf(resource) === "StatefulSet" && list(claims).length > 0;
    if ((HOLDERS.includes(type) || onVolumes) && !protect) yield "it is not protected";
    if (at(props, "forceDestroy") === true && type.endsWith(":S3Bucket")) yield "forceDestroy empties it when it goes";
    if (onVolumes) {
      for (const moment of ["whenDeleted", "whenScaled"]) {
        const kept = at(props, `spec.persistentVolumeClaimRetentionPolicy.${moment}`);
        // Kubernetes' own default is to retain.
        if (kept !== undefined && differs(kept, "Retain")) yield `its volumes are deleted ${moment}`;
      }
    }
  },
};
