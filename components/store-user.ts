import * as minio from "@pulumi/minio";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { PolicyDocument } from "./bucket-policy";

export interface StoreUser {
  /** Name of the user, which is its access key. */
  name: pulumi.Output<string>;
  secret: pulumi.Output<string>;
  /** What gives it its rights. */
  attached: pulumi.Resource[];
}

/** A user of the object store, who has the rights of one policy by a group of its own. */
export function storeUser(
  name: string,
  user: string,
  document: PolicyDocument,
  opts: pulumi.CustomResourceOptions,
): StoreUser {
  const secret = new random.RandomPassword(`${name}-secret`, { length: 40, special: false }, opts).result;
  const account = new minio.IamUser(name, { name: user, secret }, opts);
  const policy = new minio.IamPolicy(name, { name: user, policy: JSON.stringify(document) }, opts);
  const group = new minio.IamGroup(name, { name: `${user}s` }, opts);
  const attached = new minio.IamGroupPolicyAttachment(name, { groupName: group.name, policyName: policy.name }, opts);
  const member = new minio.IamGroupMembership(
    name,
    { name: `${user}s`, group: group.name, users: [account.name] },
    opts,
  );
  return { name: account.name, secret, attached: [attached, member] };
}
