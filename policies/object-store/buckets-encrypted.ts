import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { minioServers } from "../readers/minio-server";
import { refersTo } from "../readers/references";
import { at, list, text } from "../readers/values";

/** Each is set where a server has a KMS, and nowhere else. */
const KMS = ["MINIO_KMS_KES_ENDPOINT", "MINIO_KMS_SECRET_KEY", "MINIO_KMS_SECRET_KEY_FILE", "MINIO_KMS_SERVER"];
const ENCRYPTION = "minio:index/s3BucketServerSideEncryption:S3BucketServerSideEncryption";

export const bucketsEncrypted: StackPolicy = {
  name: "buckets-encrypted",
  demand: "Where the object store has a KMS, every bucket's objects are encrypted with a key of it.",
  why: "A KMS alone encrypts nothing: a bucket without a default takes objects in the clear, and who carries a drive away has the photos of people's gardens.",
  looksAt:
    "containers that run `minio server` with a variable of a KMS, and each S3Bucket with its S3BucketServerSideEncryption",
  remedy: "Declare an S3BucketServerSideEncryption beside the bucket.",
  levels: everywhere,
  *checkStack(resources) {
    const variables = resources.flatMap(minioServers).flatMap(({ container }) => list(at(container, "env")));
    if (!variables.some((variable) => KMS.includes(text(at(variable, "name")) ?? ""))) return;
    const settings = resources.filter(({ type }) => type === ENCRYPTION);
    for (const resource of resources) {
      if (resource.type !== "minio:index/s3Bucket:S3Bucket") continue;
      if (!settings.some((setting) => refersTo(setting, "bucket", resource, "bucket") !== false)) {
        yield [resource, "no S3BucketServerSideEncryption encrypts its objects, though the store has a KMS"];
      }
    }
  },
};
