import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { bucketOf, covers, isIdentityPolicy, policyDocument, type Statement } from "../readers/iam";

/** Actions on a bucket with which its holder undoes what protects all of its objects. */
const ON_BUCKET = [
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:ForceDeleteBucket",
  "s3:PutBucketNotification",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutBucketPolicy",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
];
/** Actions on an object with which a version is lost for good. */
const ON_OBJECT = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"];

export const dangerousActionsDenied: ResourcePolicy = {
  name: "dangerous-actions-denied",
  demand: "Every identity is denied the actions that undo a bucket's protection or remove a version for good.",
  why: "A grant that is wider than meant, today or in a year, then stays harmless: a denial wins over every grant. It is what keeps stolen keys of a pipeline from erasing the photos.",
  looksAt:
    "the policies of IamPolicy, IamGroupPolicy and IamServiceAccount: denials on every bucket that they allow something on; a service account without a policy of its own",
  remedy: `Add a statement that denies, on the bucket and its objects: ${[...ON_BUCKET, ...ON_OBJECT].join(", ")}.`,
  levels: everywhere,
  *check(resource) {
    if (!isIdentityPolicy(resource)) return;
    const document = policyDocument(resource);
    if (!document) yield "it has no policy of its own, and so all that its user has";
    const statements = document?.statements ?? [];
    const allowed = statements.filter(({ allows }) => allows).flatMap(({ resources }) => resources.map(bucketOf));
    for (const bucket of new Set(allowed)) {
      const open = notDenied(statements, bucket);
      if (open.length) yield `on ${bucket} it is not denied ${open.join(", ")}`;
    }
  },
};

function notDenied(statements: readonly Statement[], bucket: string): string[] {
  const arn = `arn:aws:s3:::${bucket}`;
  const denied = (action: string, on: string) =>
    statements.some((statement) => !statement.allows && !statement.conditional && covers(statement, action, on));
  return [
    ...ON_BUCKET.filter((action) => !denied(action, arn)),
    ...ON_OBJECT.filter((action) => !denied(action, `${arn}/key`)),
  ];
}
