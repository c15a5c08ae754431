import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { may, principals } from "../readers/grants";
import { bucketOf, matches, type Statement, statementsOf } from "../readers/iam";
import { ORTHO_BUCKET, PIPELINE_USER } from "../settings";

const WRITES = ["s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging", "s3:PutObjectRetention"];

export const onlyPipelinesWriteOrthophotos: StackPolicy = {
  name: "only-pipelines-write-orthophotos",
  demand: `Only user ${PIPELINE_USER} and its service accounts may write ${ORTHO_BUCKET}.`,
  why: "An orthophoto starts a detection, and its STAC item says which code made it from which photos. One that a person put there would make findings that nobody can trace.",
  looksAt:
    "all of the stack's IAM policies, attachments, groups, memberships and service accounts together, and the bucket's own policy",
  remedy: `Take ${ORTHO_BUCKET} out of the policy that the message names, or the identity out of the group that has it.`,
  levels: everywhere,
  *checkStack(resources) {
    for (const { title, user, resource, statements } of principals(resources)) {
      if (user === PIPELINE_USER) continue;
      const allowed = WRITES.filter((action) => writes(statements, action));
      if (allowed.length) yield [resource, `${title} may do ${allowed.join(", ")} on ${ORTHO_BUCKET}`];
    }
    for (const resource of resources.filter(({ type }) => type === "minio:index/s3BucketPolicy:S3BucketPolicy")) {
      const statements = statementsOf(resource);
      if (!Array.isArray(statements)) continue;
      const allowed = WRITES.filter((action) => writes(statements, action));
      if (allowed.length) yield [resource, `the bucket's policy allows ${allowed.join(", ")} on ${ORTHO_BUCKET}`];
    }
  },
};

/** Whether an action is allowed on any key of the bucket: on those that the statements themselves name, too. */
function writes(statements: readonly Statement[], action: string): boolean {
  const bucket = `arn:aws:s3:::${ORTHO_BUCKET}`;
  const named = statements
    .filter(({ allows }) => allows)
    .flatMap(({ resources }) => resources)
    .filter((arn) => matches(bucketOf(arn), ORTHO_BUCKET))
    .map((arn) => `${bucket}/${(arn.split("/").slice(1).join("/") || "*").replaceAll(/[*?]/g, "x")}`);
  return [`${bucket}/x`, ...named].some((arn) => may(statements, action, arn));
}
