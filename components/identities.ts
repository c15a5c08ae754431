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

export interface IdentitiesArgs {
  /** Generations of the pipelines' keys that are valid; steps get the last one's. */
  pipelineKeys: readonly string[];
}

/** Who may do what in the object store: a policy for each user, and one for each service account of the pipelines. */
export class Identities extends pulumi.ComponentResource {
  /** Keys of people and workloads, by the name of their user. */
  readonly users: Record<UserName, S3Keys>;
  /** Keys of the pipelines' steps. */
  readonly serviceAccounts: Record<ServiceAccountName, S3Keys>;

  constructor(name: string, { pipelineKeys }: IdentitiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Identities", name, {}, opts);
    const make = (user: string, access: Access) =>
      storeUser(`${name}-${user}`, user, policyFor(access), { parent: this });
    const made = Object.entries<Access>(users).map(([user, access]) => [user, keysOf(make(user, access))]);
    this.users = Object.fromEntries(made);
    const pipeline = make("pipeline", pipelineUser);
    const account = (of: string, access: Access, generation: string) =>
      new minio.IamServiceAccount(
        `${name}-${of}-${generation}`,
        // An account without a policy of its own would have all that its user has.
        { targetUser: pipeline.name, policy: JSON.stringify(policyFor(access)) },
        { parent: this, dependsOn: pipeline.attached },
      );
    const accounts = Object.entries<Access>(serviceAccounts).map(([of, access]) => {
      const { accessKey, secretKey } = pipelineKeys.map((generation) => account(of, access, generation)).at(-1)!;
      return [of, { accessKey, secretKey: pulumi.secret(secretKey) }];
    });
    this.serviceAccounts = Object.fromEntries(accounts);
    this.registerOutputs({});
  }
}

function keysOf({ name, secret }: StoreUser): S3Keys {
  return { accessKey: name, secretKey: secret };
}
