import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  type Access,
  pipelineUser,
  policyFor,
  type ServiceAccountName,
  serviceAccounts,
  type UserName,
  users,
} from "./access";

/** What a client of the object store logs in with. */
export interface S3Keys {
  accessKey: pulumi.Input<string>;
  secretKey: pulumi.Input<string>;
}

/** Who may do what in the object store: a policy for each user, and one for each service account of the pipelines. */
export class Identities extends pulumi.ComponentResource {
  /** Keys of people and workloads, by the name of their user. */
  readonly users: Record<UserName, S3Keys>;
  /** Keys of the pipelines' steps. */
  readonly serviceAccounts: Record<ServiceAccountName, S3Keys>;

  constructor(
    private readonly name: string,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:Identities", name, {}, opts);
    const keys = Object.entries<Access>(users).map(([user, access]) => [user, this.user(user, access).keys]);
    this.users = Object.fromEntries(keys);
    const pipeline = this.user("pipeline", pipelineUser);
    const accounts = Object.entries<Access>(serviceAccounts).map(([account, access]) => {
      const made = new minio.IamServiceAccount(
        `${name}-${account}`,
        // An account without a policy of its own would have all that its user has.
        { targetUser: pipeline.user, policy: JSON.stringify(policyFor(access)) },
        { parent: this, dependsOn: pipeline.attached },
      );
      return [account, { accessKey: made.accessKey, secretKey: pulumi.secret(made.secretKey) }];
    });
    this.serviceAccounts = Object.fromEntries(accounts);
    this.registerOutputs({});
  }

  private user(user: string, access: Access) {
    const name = `${this.name}-${user}`;
    const parent = { parent: this };
    const secret = new random.RandomPassword(`${name}-secret`, { length: 40, special: false }, parent).result;
    const account = new minio.IamUser(name, { name: user, secret }, parent);
    const policy = new minio.IamPolicy(name, { name: user, policy: JSON.stringify(policyFor(access)) }, parent);
    const group = new minio.IamGroup(name, { name: `${user}s` }, parent);
    const attached = new minio.IamGroupPolicyAttachment(
      name,
      { groupName: group.name, policyName: policy.name },
      parent,
    );
    const member = new minio.IamGroupMembership(
      name,
      { name: `${user}s`, group: group.name, users: [account.name] },
      parent,
    );
    return { user: account.name, keys: { accessKey: account.name, secretKey: secret }, attached: [attached, member] };
  }
}
