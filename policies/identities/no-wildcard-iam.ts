import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { bucketOf, isIdentityPolicy, policyDocument } from "../readers/iam";

export const noWildcardIam: ResourcePolicy = {
  name: "no-wildcard-iam",
  demand: "What an identity may do is listed action by action, and bucket by bucket.",
  why: "In MinIO `s3:*` on `bucket/*` also grants changing the bucket's own policy, versioning and lifecycle: an identity that should write photos can publish or erase all of them.",
  looksAt:
    "statements that allow something, in the policies of IamPolicy, IamGroupPolicy and IamServiceAccount: `*` or `?` in an action or in a bucket's name, `NotAction`, `NotResource`",
  remedy:
    "List the actions that the identity needs, and the buckets by name; a pattern is fine in the key, after the bucket.",
  levels: everywhere,
  *check(resource) {
    if (!isIdentityPolicy(resource)) return;
    const document = policyDocument(resource);
    if (document?.state === "not JSON") yield "its policy is no JSON";
    for (const { allows, actions, notActions, resources, notResources } of document?.statements ?? []) {
      if (!allows) continue;
      for (const action of actions.filter((action) => /[*?]/.test(action))) yield `it allows the actions ${action}`;
      for (const arn of resources.filter((arn) => /[*?]/.test(bucketOf(arn)))) yield `it allows the buckets of ${arn}`;
      if (notActions.length) yield `it allows every action but ${notActions.join(", ")}`;
      if (notResources.length) yield `it allows every resource but ${notResources.join(", ")}`;
    }
  },
};
