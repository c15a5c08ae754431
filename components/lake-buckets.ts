import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import { BucketReplication, REPLICATION } from "./bucket-replication";
import { BucketRetention, RETENTION } from "./bucket-retention";
import { LakeBucket, type LakeBucketArgs } from "./lake-bucket";
import { type BucketName, bucketNames } from "./names";

/** Which new object of a bucket starts a pipeline: the manifest that closes a flight, and the finished orthophoto. */
export const announced: Partial<Record<BucketName, NonNullable<LakeBucketArgs["announce"]>>> = {
  "drone-raw": { prefix: "projects/", suffix: "/flight.json" },
  "drone-ortho": { suffix: "-merged.geotiff" },
};

/** The buckets of the lake, each with what the environment says of it; `namespace` is the object store's. */
export function lakeBuckets(
  { buckets, images, objectStore, protect }: Environment,
  namespace: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): void {
  const encryptionKey = objectStore.encryption?.key;
  const made = bucketNames.map((bucket) => {
    const args = { bucket, protect, encryptionKey, announce: announced[bucket], ...buckets[bucket] };
    return new LakeBucket(bucket, args, opts);
  });
  const { replication } = objectStore;
  if (replication) {
    const args = { namespace, image: images.minio, config: replication };
    new BucketReplication(REPLICATION, args, { ...opts, dependsOn: made });
  }
  const retained = bucketNames.flatMap((bucket) => {
    const { retainDays } = buckets[bucket];
    return retainDays === undefined ? [] : [[bucket, retainDays] as const];
  });
  if (retained.length === 0) return;
  const rules = Object.fromEntries(retained);
  new BucketRetention(RETENTION, { namespace, image: images.minio, rules }, { ...opts, dependsOn: made });
}
