import { policyFor, serviceAccounts, users } from "../../../components/access";
import type { Resource } from "../../../policies/readers/resource";
import { UNKNOWN } from "../../../policies/readers/values";
import { type Cases, changed, resource } from "../resources";

const of = (type: string, name: string, props: object, options?: { sources: Resource["sources"] }) =>
  resource(`minio:index/${type}:${type[0]?.toUpperCase()}${type.slice(1)}`, name, { ...props }, options);
const document = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | string[], Resource: string | string[]) => ({ Effect: "Allow", Action, Resource });

const listed = policyFor(users["data-scientist"]);
const policy = of("iamPolicy", "data-scientist", { name: "data-scientist", policy: JSON.stringify(listed) });
const account = of("iamServiceAccount", "stitch", {
  targetUser: "pipeline",
  policy: JSON.stringify(policyFor(serviceAccounts["pipeline-stitch"])),
});
const wild = (text: string) => ({ ...policy, props: { ...policy.props, policy: text } });

const user = of("iamUser", "stagiair", { name: "stagiair" });
const group = of("iamGroup", "stagiairs", { name: "stagiairs" });
const member = of("iamGroupMembership", "stagiairs", { group: "stagiairs", users: ["stagiair"] });
const attachment = of("iamGroupPolicyAttachment", "stagiairs", { groupName: "stagiairs", policyName: "written" });
const written = of("iamPolicy", "written", {
  name: "written",
  policy: document(allow("s3:PutObject", "arn:aws:s3:::drone-ortho/*")),
});
const byGroup = [user, group, member, attachment, written];
const denied = document(allow("s3:Put*", "arn:aws:s3:::drone-*/*"), {
  Effect: "Deny",
  NotAction: "s3:GetObject",
  Resource: "arn:aws:s3:::drone-ortho*",
});

export const identities: Record<string, Cases> = {
  "no-wildcard-iam": {
    passes: {
      "listed actions on named buckets": [policy, account],
      "a wildcard that is denied": [wild(document({ Effect: "Deny", Action: "s3:*", Resource: "*" }))],
    },
    fails: {
      "every action": { given: [wild(document(allow("s3:*", "arn:aws:s3:::drone-raw/*")))], says: "the actions s3:*" },
      "some actions": {
        given: [wild(document(allow(["s3:Get*"], "arn:aws:s3:::drone-raw/*")))],
        says: "the actions s3:Get*",
      },
      "every bucket": {
        given: [wild(document(allow("s3:GetObject", "arn:aws:s3:::*")))],
        says: "the buckets of arn:aws:s3:::*",
      },
      "buckets by pattern": {
        given: [wild(document(allow("s3:GetObject", "arn:aws:s3:::drone-*/*")))],
        says: "drone-*/*",
      },
      "all but some actions": {
        given: [
          wild(document({ Effect: "Allow", NotAction: ["s3:DeleteBucket"], Resource: "arn:aws:s3:::drone-raw" })),
        ],
        says: "every action but s3:DeleteBucket",
      },
      "all but some resources": {
        given: [wild(document({ Effect: "Allow", Action: "s3:GetObject", NotResource: "arn:aws:s3:::drone-raw" }))],
        says: "every resource but",
      },
      "no JSON": { given: [wild("Statement: all")], says: "no JSON" },
    },
  },
  "dangerous-actions-denied": {
    passes: { "a policy of the program's making": [policy, account] },
    fails: {
      "nothing denied": { given: [written], says: "on drone-ortho it is not denied s3:DeleteBucket, " },
      "denied on another bucket only": {
        given: [
          wild(
            document(
              allow("s3:GetObject", "arn:aws:s3:::other/*"),
              ...listed.Statement.filter(({ Sid }) => Sid === "Never"),
            ),
          ),
        ],
        says: "on other it is not denied",
      },
      "one action forgotten": {
        given: [wild(JSON.stringify(listed).replace('"s3:PutBucketVersioning",', ""))],
        says: "it is not denied s3:PutBucketVersioning",
      },
      "denied under a condition": {
        given: [wild(JSON.stringify(listed).replace('"Effect":"Deny"', '"Effect":"Deny","Condition":{}'))],
        says: "it is not denied",
      },
      "an account without a policy": {
        given: [changed(account, { policy: undefined })],
        says: "all that its user has",
      },
    },
  },
  "only-pipelines-write-orthophotos": {
    passes: {
      "the pipeline's own account": [of("iamUser", "pipeline", { name: "pipeline" }), account],
      "a person who reads": [user, group, member, attachment, changed(policy, { name: "written" })],
      "a grant that a denial takes back": [user, group, member, attachment, changed(written, { policy: denied })],
      "a policy that nobody has": [user, written],
    },
    fails: {
      "a person by a group": { given: byGroup, says: "user stagiair may do s3:PutObject on drone-ortho" },
      "a person by a group, before names are known": {
        given: [
          user,
          group,
          of(
            "iamGroupMembership",
            "m",
            { group: UNKNOWN, users: [UNKNOWN] },
            { sources: { group: [group.urn], users: [user.urn] } },
          ),
          of(
            "iamGroupPolicyAttachment",
            "a",
            { groupName: UNKNOWN, policyName: UNKNOWN },
            {
              sources: { groupName: [group.urn], policyName: [written.urn] },
            },
          ),
          written,
        ],
        says: "user stagiair may do s3:PutObject",
      },
      "a person by a policy of their own": {
        given: [user, written, of("iamUserPolicyAttachment", "a", { userName: "stagiair", policyName: "written" })],
        says: "user stagiair may do",
      },
      "somebody whom another system knows": {
        given: [written, of("iamUserPolicyAttachment", "a", { userName: "alice", policyName: "written" })],
        says: "user alice may do",
      },
      "a person on one key": {
        given: [
          ...byGroup.slice(0, 4),
          changed(written, { policy: document(allow("s3:PutObject", "arn:aws:s3:::drone-ortho/dijk/*")) }),
        ],
        says: "user stagiair may do s3:PutObject",
      },
      "a person on every bucket": {
        given: [...byGroup.slice(0, 4), changed(written, { policy: document(allow("s3:*", "arn:aws:s3:::*")) })],
        says: "s3:PutObject, s3:DeleteObject",
      },
      "another's service account": {
        given: [user, changed(account, { targetUser: "stagiair" })],
        says: "service account stitch may do s3:PutObject",
      },
      "a service account that has what its user has": {
        given: [...byGroup, changed(account, { targetUser: "stagiair", policy: undefined })],
        says: "service account stitch may do",
      },
      "the bucket's own policy": {
        given: [
          of("s3BucketPolicy", "ortho", {
            bucket: "drone-ortho",
            policy: document({
              ...allow("s3:PutObject", "arn:aws:s3:::drone-ortho/*"),
              Principal: { AWS: ["stagiair"] },
            }),
          }),
        ],
        says: "the bucket's policy allows s3:PutObject",
      },
    },
  },
};
