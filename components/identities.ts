import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import {
  type Access,
  pipelineUser,
  policyFor,
  type ServiceAccountName,
  serviceAccounts,
  type UserName,
  users,
} from "./access";
import { type StoreUser, storeUser } from "./store-user";

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

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Identities", name, {}, opts);
    const make = (user: string, access: Access) =>
      storeUser(`${name}-${user}`, user, policyFor(access), { parent: this });
    const made = Object.entries<Access>(users).map(([user, access]) => [user, keysOf(make(user, access))]);
    this.users = Object.fromEntries(made);
    const pipeline = make("pipeline", pipelineUser);
    const accounts = Object.entries<Access>(serviceAccounts).map(([account, access]) => {
      const made = new minio.IamServiceAccount(
        `${name}-${account}`,
        // An account without a policy of its own would have all that its user has.
        { targetUser: pipeline.name, policy: JSON.stringify(policyFor(access)) },
        { parent: this, dependsOn: pipeline.attached },
      );
      return [account, { accessKey: made.accessKey, secretKey: pulumi.secret(made.secretKey) }];
    });
    this.serviceAccounts = Object.fromEntries(accounts);
    this.registerOutputs({});
  }
}

function keysOf({ name, secret }: StoreUser): S3Keys {
  return { accessKey: name, secretKey: secret };
}
