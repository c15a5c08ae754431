import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { may, principals } from "../readers/grants";
import { bucketOf, matches, type PolicyDocument, policyDocument } from "../readers/iam";
import { UNKNOWN } from "../readers/values";
import { ORTHO_BUCKET, PIPELINE_USER } from "../settings";

const WRITES = ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging", "s3:PutObjectRetention"];

const BUCKET_POLICY = "minio:index/s3BucketPolicy:S3BucketPolicy";

export const onlyPipelinesWriteOrthophotos: StackPolicy = {
  name: "only-pipelines-write-orthophotos",
  demand: `Only user ${PIPELINE_USER} and its service accounts may write ${ORTHO_BUCKET}.`,
  why: "An orthophoto starts a detection, and its STAC item says which code made it from which photos. One that a person put there would make findings that nobody can trace.",
  looksAt:
    "all of the stack's IAM policies, attachments, groups, memberships and service accounts together, and the bucket's own policy",
  remedy: `Take ${ORTHO_BUCKET} out of the policy that the message names, or the identity out of the group that has it.`,
  levels: everywhere,
  *checkStack(resources) {
    for (const { title, user, resource, documents } of principals(resources)) {
      if (user === PIPELINE_USER || user === UNKNOWN) continue;
      // A document that is not known yet may be the one that denies.
      if (documents.some(({ state }) => state === "unknown")) continue;
      const allowed = writes(documents);
      if (allowed.length) yield [resource, `${title} may do ${allowed.join(", ")} on ${ORTHO_BUCKET}`];
    }
    for (const resource of resources.filter(({ type }) => type === BUCKET_POLICY)) {
      const document = policyDocument(resource);
      const allowed = document ? writes([document]) : [];
      if (allowed.length) yield [resource, `the bucket's policy allows ${allowed.join(", ")} on ${ORTHO_BUCKET}`];
    }
  },
};

/** The actions that documents together allow on some key of the bucket: on any key, or on those that they name themselves. */
function writes(documents: readonly PolicyDocument[]): string[] {
  const statements = documents.flatMap((document) => document.statements);
  const keys = statements
    .filter(({ allows }) => allows)
    .flatMap(({ resources }) => resources)
    .filter((arn) => matches(bucketOf(arn), ORTHO_BUCKET))
    .map((arn) => arn.split("/").slice(1).join("/").replaceAll(/[*?]/g, "x"));
  const arns = ["x", ...keys].map((key) => `arn:aws:s3:::${ORTHO_BUCKET}/${key}`);
  return WRITES.filter((action) => arns.some((arn) => may(statements, action, arn)));
}
