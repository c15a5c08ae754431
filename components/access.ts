import { bucketArn, objectArn, type PolicyDocument, type Statement } from "./bucket-policy";
import { type BucketName, bucketNames } from "./names";

/** What an identity may do with the lake. */
export interface Access {
  /** Buckets whose objects, in every version, may be read. */
  reads?: readonly BucketName[];
  /** Buckets whose objects may be written; with a pattern, only keys that match it. */
  writes?: readonly { bucket: BucketName; keys?: string }[];
}

/** People and workloads that log in with a name of their own. */
export const users = {
  stagiair: { reads: bucketNames },
  "drone-operator": { reads: ["drone-raw"], writes: [{ bucket: "drone-raw", keys: "projects/*" }] },
  "data-scientist": { reads: bucketNames, writes: [{ bucket: "ai-models" }] },
  catalog: { reads: bucketNames },
  // What can be looked at; what the models are is told by the catalogue.
  assistant: { reads: ["drone-raw", "drone-ortho", "ai-results"] },
} as const satisfies Record<string, Access>;
export type UserName = keyof typeof users;

/** Service accounts of the user `pipeline`: one for each kind of step that touches the lake. */
export const serviceAccounts = {
  "pipeline-stitch": { reads: ["drone-raw", "drone-ortho"], writes: [{ bucket: "drone-ortho" }] },
  "pipeline-detect": { reads: ["drone-ortho", "ai-models"], writes: [{ bucket: "ai-results" }] },
  "pipeline-reconcile": { reads: bucketNames, writes: [{ bucket: "drone-raw", keys: "projects/*/flight.json" }] },
} as const satisfies Record<string, Access>;
export type ServiceAccountName = keyof typeof serviceAccounts;

/** A service account can do no more than its user: what all of them may do together. */
export const pipelineUser: Access = {
  reads: bucketNames,
  writes: Object.values(serviceAccounts).flatMap(({ writes }) => [...writes]),
};

const READ_BUCKET = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"];
const READ_OBJECT = ["s3:GetObject", "s3:GetObjectVersion"];
/** PutObject covers the parts of a large object too. */
const WRITE_OBJECT = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"];

/**
 * Denied to everybody but root, whatever else says otherwise: a statement on `bucket/*` that is wider than meant would
 * grant these too, because MinIO matches the bucket itself as well.
 *
 * PutObjectRetention is not here, as uploads to a bucket with a default retention need it, and is granted to nobody:
 * MinIO lets its holder shorten a governance retention, whatever is said of BypassGovernanceRetention.
 */
export const NEVER = [
  "s3:BypassGovernanceRetention",
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:DeleteObjectVersion",
  "s3:ForceDeleteBucket",
  "s3:PutBucketNotification",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
];

/** What every identity's policy ends with. */
export const NEVER_IN_THE_LAKE: Statement = {
  Sid: "Never",
  Effect: "Deny",
  Action: NEVER,
  Resource: bucketNames.flatMap((bucket) => [bucketArn(bucket), objectArn(bucket)]),
};

/** The IAM policy of an access: what is allowed, action by action, and what is never allowed. */
export function policyFor(access: Access): PolicyDocument {
  const statements: Statement[] = [];
  if (access.reads?.length) {
    statements.push(
      { Sid: "ReadBuckets", Effect: "Allow", Action: READ_BUCKET, Resource: access.reads.map(bucketArn) },
      {
        Sid: "ReadObjects",
        Effect: "Allow",
        Action: READ_OBJECT,
        Resource: access.reads.map((bucket) => objectArn(bucket)),
      },
    );
  }
  if (access.writes?.length) {
    statements.push({
      Sid: "WriteObjects",
      Effect: "Allow",
      Action: WRITE_OBJECT,
      Resource: access.writes.map(({ bucket, keys }) => objectArn(bucket, keys)),
    });
  }
  return { Version: "2012-10-17", Statement: [...statements, NEVER_IN_THE_LAKE] };
}
