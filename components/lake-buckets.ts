import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import { LakeBucket, type LakeBucketArgs } from "./lake-bucket";
import { type BucketName, bucketNames } from "./names";

/** Which new object of a bucket starts a pipeline: the manifest that closes a flight, and the finished orthophoto. */
export const announced: Partial<Record<BucketName, NonNullable<LakeBucketArgs["announce"]>>> = {
  "drone-raw": { prefix: "projects/", suffix: "/flight.json" },
  "drone-ortho": { suffix: "-merged.geotiff" },
};

/** The buckets of the lake, each with what the environment says of it. */
export function lakeBuckets({ buckets, protect }: Environment, opts: pulumi.ComponentResourceOptions): void {
  for (const bucket of bucketNames) {
    new LakeBucket(bucket, { bucket, protect, announce: announced[bucket], ...buckets[bucket] }, opts);
  }
}
