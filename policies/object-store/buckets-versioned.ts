import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { minioChart } from "../readers/helm";
import { refersTo } from "../readers/references";
import { at, differs, text } from "../readers/values";

export const bucketsVersioned: StackPolicy = {
  name: "buckets-versioned",
  demand: "Every bucket keeps the versions of its objects.",
  why: "A flight's manifest names photos by VersionID, and a run is named after one. Without versions an upload of the same name changes a dataset under the results that were made from it, and nothing can be undone.",
  looksAt:
    "S3Bucket with its S3BucketVersioning, or `objectLocking`, which has versions of itself; `buckets[].versioning` of a MinIO chart",
  remedy: "Declare an S3BucketVersioning with status Enabled beside the bucket.",
  levels: everywhere,
  *checkStack(resources) {
    const settings = resources.filter(({ type }) => type === "minio:index/s3BucketVersioning:S3BucketVersioning");
    for (const resource of resources) {
      if (resource.type === "minio:index/s3Bucket:S3Bucket") {
        const own = settings.filter((setting) => refersTo(setting, "bucket", resource, "bucket") !== false);
        const off = (status: unknown) => differs(status, "Enabled");
        const versioned = own.some(({ props }) => !off(at(props, "versioningConfiguration.status")));
        if (!versioned && differs(at(resource.props, "objectLocking"), true)) {
          yield [resource, own.length ? "its versioning is suspended" : "no S3BucketVersioning enables its versions"];
        }
      }
      for (const bucket of minioChart(resource)?.buckets ?? []) {
        if (differs(at(bucket, "versioning"), true)) {
          yield [resource, `bucket ${text(at(bucket, "name"))} keeps no versions`];
        }
      }
    }
  },
};
