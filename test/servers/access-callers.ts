/** Everybody in the table of who may do what: identities as the program makes them, and outsiders who could do everything if they were let in. */
import type { S3Client } from "@aws-sdk/client-s3";
import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { inject } from "vitest";
import type { PolicyDocument } from "../../components/bucket-policy";
import { Identities } from "../../components/identities";
import type { Identity, Outsider } from "../access/matrix";
import { objectRequests } from "../access/object-requests";
import { answer } from "../access/request";
import { admin, type ByHand, clientOf, type Keys, ownKey, sessionOf, targets } from "./access-lake";
import type { Deployer } from "./stack";

const server = inject("minio");

export const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Sid: "Everything", Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] }],
};

/** The program's own part that is looked at here; its outputs are the identities' keys. */
async function identities(): Promise<Record<string, pulumi.Output<Keys>>> {
  const { endpoint, user, password } = server;
  const args = { minioServer: endpoint, minioUser: user, minioPassword: password };
  const made = new Identities("identities", { pipelineKeys: ["1"] }, { provider: new minio.Provider("lake", args) });
  const keys = Object.entries({ ...made.users, ...made.serviceAccounts }).map(([name, { accessKey, secretKey }]) => [
    name,
    pulumi.unsecret(pulumi.output({ accessKeyId: accessKey, secretAccessKey: secretKey })),
  ]);
  return Object.fromEntries(keys);
}

export async function makeIdentities(deployer: Deployer, byHand: ByHand): Promise<Record<Identity, Keys>> {
  const { failed, output } = await deployer.up(identities);
  if (failed) throw new Error(output);
  const keys = Object.entries(await deployer.outputs()).map(([name, { value }]) => [name, value]);
  // Nobody logs in as `pipeline`, but its service accounts can do no more than it can.
  return { ...Object.fromEntries(keys), pipeline: await byHand.secret("pipeline") };
}

export interface Outsiders {
  clients: Record<Outsider, S3Client>;
  /** What those were answered to a read who became outsiders only then. */
  before: Partial<Record<Outsider, string>>;
  /** When the session expires, in milliseconds since the epoch. */
  sessionEnds: number;
}

/** `policies` allow everything. */
export async function makeOutsiders(byHand: ByHand, policies: string[]): Promise<Outsiders> {
  const powerful = await byHand.user("access-powerful", policies);
  const before: Outsiders["before"] = {};
  const reads = (client: S3Client) => answer(objectRequests.GetObject!.send(client, targets[0]!));
  const until = async (name: Outsider, keys: Keys, happens: () => Promise<void>) => {
    const client = clientOf(keys);
    before[name] = await reads(client);
    await happens();
    return client;
  };
  const [disabled, removed] = [
    await byHand.user("access-disabled", policies),
    await byHand.user("access-removed", policies),
  ];
  const account = await ownKey(powerful, everything);
  before["an expired session"] = await reads(clientOf(await sessionOf(powerful.accessKeyId, 3600)));
  const { session, ends } = await shortSession(powerful.accessKeyId);
  return {
    before,
    sessionEnds: ends,
    clients: {
      anonymous: clientOf(),
      "a wrong secret": clientOf({ ...powerful, secretAccessKey: "not-the-secret-of-it" }),
      "a key that nobody has": clientOf({ ...powerful, accessKeyId: "access-nobody" }),
      "a user without a policy": clientOf(await byHand.user("access-nothing", [])),
      "a disabled user": await until("a disabled user", disabled, () => {
        const query = { accessKey: disabled.accessKeyId, status: "disabled" };
        return admin({ method: "PUT", name: "set-user-status", query });
      }),
      "a removed user": await until("a removed user", removed, () => byHand.removeUser(removed)),
      "a disabled service account": await until("a disabled service account", account, () => {
        const query = { accessKey: account.accessKeyId };
        const body = { newStatus: "off" };
        return admin({ method: "POST", name: "update-service-account", query, body, sealed: true });
      }),
      "an expired session": clientOf(session),
    },
  };
}

/** A busy machine may need longer to hand a session over than it lasts: then it gets one that lasts longer. */
async function shortSession(parent: string): Promise<{ session: Keys; ends: number }> {
  for (let seconds = 2; ; seconds *= 2) {
    const ends = Date.now() + seconds * 1000;
    try {
      return { session: await sessionOf(parent, seconds), ends };
    } catch (error) {
      if (seconds > 60) throw error;
    }
  }
}
