import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { minioChart } from "../readers/helm";
import { policyDocument } from "../readers/iam";
import { at, differs, missing, text } from "../readers/values";

const BUCKET = "minio:index/s3Bucket:S3Bucket";
const BUCKET_POLICY = "minio:index/s3BucketPolicy:S3BucketPolicy";

export const noPublicBucket: ResourcePolicy = {
  name: "no-public-bucket",
  demand: "No bucket gives anything to anonymous callers, by ACL, by bucket policy or by a chart's values.",
  why: "Aerial photos show people, homes and water defences. Whoever finds a public bucket has all of them, and no log says who it was.",
  looksAt:
    "`acl` of S3Bucket; statements of S3BucketPolicy that allow something to `*`; `buckets[].policy` of a MinIO chart",
  remedy: "Set `acl: private`, take the statement away, and give whoever must read a user with a policy of its own.",
  levels: everywhere,
  *check(resource) {
    const { type, props } = resource;
    const acl = at(props, "acl");
    if (type === BUCKET && !missing(acl) && differs(acl, "private")) yield `its ACL is ${String(acl)}, not private`;
    if (type === BUCKET_POLICY) {
      const document = policyDocument(resource);
      if (document?.state === "not JSON") yield "its policy is no JSON, so nobody can tell whom it lets in";
      for (const { allows, principals, actions } of document?.statements ?? []) {
        if (allows && principals.includes("*")) yield `its policy allows ${actions.join(", ")} to everybody`;
      }
    }
    for (const bucket of minioChart(resource)?.buckets ?? []) {
      const policy = at(bucket, "policy");
      if (!missing(policy) && differs(policy, "none") && differs(policy, "private")) {
        yield `bucket ${text(at(bucket, "name"))} has the anonymous policy ${String(policy)}`;
      }
    }
  },
};
