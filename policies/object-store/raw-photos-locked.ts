import { prodOnly } from "../levels";
import type { ResourcePolicy } from "../policy";
import { minioChart } from "../readers/helm";
import { at, differs } from "../readers/values";
import { RAW_BUCKET } from "../settings";

export const rawPhotosLocked: ResourcePolicy = {
  name: "raw-photos-locked",
  demand: `Bucket ${RAW_BUCKET} has object lock, so that a retention can be kept on its photos.`,
  why: "A flight cannot be flown again: the muskrat of May is gone in June. Everything else can be made anew from the photos.",
  looksAt: `\`objectLocking\` of the S3Bucket ${RAW_BUCKET}; \`buckets[].objectlocking\` of a MinIO chart`,
  remedy:
    "Set `objectLocking: true`. It acts only when the bucket is made: for one that exists, make a new one and copy every version.",
  levels: prodOnly,
  *check(resource) {
    const { type, props } = resource;
    if (type === "minio:index/s3Bucket:S3Bucket" && at(props, "bucket") === RAW_BUCKET) {
      if (differs(at(props, "objectLocking"), true)) yield "it has no object lock";
    }
    const charted = minioChart(resource)?.buckets.find((bucket) => at(bucket, "name") === RAW_BUCKET);
    if (charted && differs(at(charted, "objectlocking"), true)) yield `bucket ${RAW_BUCKET} has no object lock`;
  },
};
