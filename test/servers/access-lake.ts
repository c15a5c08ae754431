/** The lake's buckets, as the tests about access need them, and those who come to them. */
import { createHmac, randomBytes } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { inject } from "vitest";
import { nothingForAnonymous, type PolicyDocument } from "../../components/bucket-policy";
import { bucketNames } from "../../components/names";
import type { AdminCall } from "../../plugins/minio/admin";
import { Client } from "../../plugins/minio/client";
import { places } from "../access/matrix";
import { inHours } from "../access/object-requests";
import type { Target } from "../access/request";

const server = inject("minio");
const url = `http://${server.endpoint}`;

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A client that asks once, with these keys or with none. */
export function clientOf(credentials?: Keys): S3Client {
  // Without keys the request goes as it is.
  const anonymous = {
    signer: { sign: async <T>(request: T) => request },
    credentials: { accessKeyId: "", secretAccessKey: "" },
  };
  return new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    ...(credentials ? { credentials } : anonymous),
  });
}

const rootKeys = { accessKeyId: server.user, secretAccessKey: server.password };
const root = clientOf(rootKeys);
/** Somebody's calls of MinIO's administration API. */
function administration({ accessKeyId: user, secretAccessKey: password }: Keys): (call: AdminCall) => Promise<void> {
  const client = new Client({ server: server.endpoint, user, password, tls: false, insecure: false }, "us-east-1");
  return (call) => client.admin(call);
}
/** Root's calls. */
export const admin = administration(rootKeys);

/** A bucket that is none of the lake's, so that whoever may do everything can do it there. */
export const playground = "access-playground";
const target = (Bucket: string, Key: string): Target => ({ Bucket, Key, VersionId: "" });
/** An object in each place, and one in the playground; their versions are kept for a day. */
export const targets = places.map(({ bucket, key }) => target(bucket, key));
export const plaything = target(playground, "projects/dike/flight-1/a.jpg");

/** Makes the buckets, each with an object lock and the policy that the lake's have. */
export async function makeBuckets(): Promise<void> {
  const make = async (Bucket: string) =>
    root.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  const close = (bucket: (typeof bucketNames)[number]) =>
    root.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(nothingForAnonymous(bucket)) }));
  await Promise.all([...bucketNames, playground].map(make));
  await Promise.all(bucketNames.map(close));
  await Promise.all([...targets, plaything].map(keep));
}

async function keep(target: Target): Promise<void> {
  const { Bucket, Key } = target;
  const kept = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: inHours(24) } as const;
  const put = await root.send(new PutObjectCommand({ Bucket, Key, Body: "an object", ...kept }));
  target.VersionId = String(put.VersionId);
}

/** Removes the buckets with all that is in them. */
export async function removeBuckets(): Promise<void> {
  await Promise.all([...bucketNames, playground].map(removeBucket));
}

async function removeBucket(Bucket: string): Promise<void> {
  for (;;) {
    const page = await root.send(new ListObjectVersionsCommand({ Bucket }));
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (found.length === 0) break;
    const Objects = found.map(({ Key, VersionId }) => ({ Key, VersionId }));
    await root.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects }, BypassGovernanceRetention: true }));
  }
  await root.send(new DeleteBucketCommand({ Bucket }));
}

const newSecret = () => randomBytes(16).toString("hex");

/** A key that a user makes for itself, with a policy of its own choice; it goes with the user. */
export async function ownKey(maker: Keys, policy: PolicyDocument): Promise<Keys> {
  const keys = { accessKeyId: randomBytes(10).toString("hex").toUpperCase(), secretAccessKey: newSecret() };
  const body = { accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey, policy };
  await administration(maker)({ method: "PUT", name: "add-service-account", body, sealed: true });
  return keys;
}

/** Users and policies that a test made by hand; `remove` takes them away. */
export class ByHand {
  private readonly made = new Map<string, () => Promise<void>>();

  /** A user with these policies and no others. */
  async user(name: string, policies: string[]): Promise<Keys> {
    const keys = await this.secret(name);
    this.made.set(name, () => this.removeUser(keys));
    const query = { policyName: policies.join(","), userOrGroup: name, isGroup: "false" };
    if (policies.length > 0) await admin({ method: "PUT", name: "set-user-or-group-policy", query });
    return keys;
  }

  /** Gives a user, who may be there already, a secret that is known here. */
  async secret(accessKeyId: string): Promise<Keys> {
    const secretAccessKey = newSecret();
    const body = { secretKey: secretAccessKey, status: "enabled" };
    const query = { accessKey: accessKeyId };
    await admin({ method: "PUT", name: "add-user", query, body, sealed: true });
    return { accessKeyId, secretAccessKey };
  }

  async policy(name: string, document: PolicyDocument): Promise<string> {
    await admin({ method: "PUT", name: "add-canned-policy", query: { name }, body: document });
    this.made.set(name, () => admin({ method: "DELETE", name: "remove-canned-policy", query: { name } }));
    return name;
  }

  async removeUser({ accessKeyId }: Keys): Promise<void> {
    this.made.delete(accessKeyId);
    await admin({ method: "DELETE", name: "remove-user", query: { accessKey: accessKeyId } });
  }

  /** Takes away the last one first: a policy goes after the users that hold it. */
  async remove(): Promise<void> {
    for (const remove of [...this.made.values()].reverse()) await remove();
  }
}

/**
 * A session of a user that ends after some seconds. MinIO itself makes none for less than a quarter of an hour, but takes one over from
 * another site of the same lake, with root's signature: what a site does whose user has logged in at the other.
 */
export async function sessionOf(parent: string, seconds: number): Promise<Keys> {
  const accessKeyId = randomBytes(10).toString("hex").toUpperCase();
  const secretAccessKey = newSecret();
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const sessionToken = token({ accessKey: accessKeyId, parent, exp });
  const stsCredential = { accessKey: accessKeyId, secretKey: secretAccessKey, sessionToken, parentUser: parent };
  const body = { type: "sts-account", stsCredential };
  await admin({ method: "PUT", name: "site-replication/peer/iam-item", body });
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** A JSON web token that root's secret signs. */
function token(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode({ alg: "HS512", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${createHmac("sha512", server.password).update(text).digest("base64url")}`;
}
