/** What nobody but root may do, asked of a real server: a policy may say "deny" and still not mean what MinIO checks. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Access, NEVER, pipelineUser, policyFor, serviceAccounts, users } from "../../components/access";
import { nothingForAnonymous, type PolicyDocument } from "../../components/bucket-policy";
import { type BucketName, bucketNames } from "../../components/names";

const server = inject("minio");
const folder = mkdtempSync(join(tmpdir(), "access-test-"));
const SECRET = "a-secret-of-the-test";
const KEY = "projects/p/f/a.jpg";
const identities: Record<string, Access> = { ...users, ...serviceAccounts, pipeline: pipelineUser };

function mc(...args: string[]): void {
  const env = {
    PATH: process.env.PATH,
    MC_CONFIG_DIR: folder,
    MC_HOST_hand: `http://${server.user}:${server.password}@${server.endpoint}`,
  };
  execFileSync(server.mc, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

function client(accessKeyId: string, secretAccessKey: string): S3Client {
  return new S3Client({
    endpoint: `http://${server.endpoint}`,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  });
}

function policy(name: string, document: PolicyDocument): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(document));
  mc("admin", "policy", "create", "hand", `denies-${name}`, file);
  return `denies-${name}`;
}

/** The name of a user of the test who holds the policies. */
function user(name: string, policies: string[]): string {
  mc("admin", "user", "add", "hand", `denies-${name}`, SECRET);
  for (const each of policies) mc("admin", "policy", "attach", "hand", each, "--user", `denies-${name}`);
  return `denies-${name}`;
}

/** A version of an object in each bucket that is kept for a day, unless somebody may bypass that. */
const versions = {} as Record<BucketName, string>;
const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Sid: "Everything", Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] }],
};

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);

/** How each action is asked for; the one that succeeds in removing something comes last. */
const requests: Record<string, (s3: S3Client, Bucket: BucketName) => Promise<unknown>> = {
  "s3:PutBucketVersioning": (s3, Bucket) =>
    s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } })),
  "s3:PutLifecycleConfiguration": (s3, Bucket) => {
    const rule = { ID: "x", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } } as const;
    return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }));
  },
  "s3:PutBucketNotification": (s3, Bucket) =>
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} })),
  "s3:PutBucketObjectLockConfiguration": (s3, Bucket) =>
    s3.send(
      new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } }),
    ),
  "s3:PutBucketPolicy": (s3, Bucket) =>
    s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(nothingForAnonymous(Bucket)) })),
  "s3:DeleteBucketPolicy": (s3, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  // The version is locked, so that whoever may delete one is answered that this one cannot be.
  "s3:DeleteObjectVersion": (s3, Bucket) =>
    s3.send(new DeleteObjectCommand({ Bucket, Key: KEY, VersionId: versions[Bucket] })),
  "s3:DeleteBucket": (s3, Bucket) => s3.send(new DeleteBucketCommand({ Bucket })),
  "s3:ForceDeleteBucket": (s3, Bucket) => {
    const command = new DeleteBucketCommand({ Bucket });
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-minio-force-delete"] = "true";
        return next(args);
      },
      { step: "build" },
    );
    return s3.send(command);
  },
  "s3:BypassGovernanceRetention": (s3, Bucket) =>
    s3.send(
      new DeleteObjectCommand({ Bucket, Key: KEY, VersionId: versions[Bucket], BypassGovernanceRetention: true }),
    ),
};

/** `done`, or the code of the error that the server answers with. */
async function answer(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return "done";
  } catch (error) {
    if (error instanceof S3ServiceException) return error.name;
    throw error;
  }
}

beforeAll(async () => {
  const root = client(server.user, server.password);
  for (const bucket of bucketNames) {
    mc("mb", "--with-lock", `hand/${bucket}`);
    const retention = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: inHours(24) } as const;
    const put = await root.send(new PutObjectCommand({ Bucket: bucket, Key: KEY, Body: "a photo", ...retention }));
    versions[bucket] = String(put.VersionId);
  }
  policy("everything", everything);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("asks for every action that is never allowed", () => {
  expect(Object.keys(requests).sort()).toEqual([...NEVER].sort());
});

describe.each(Object.entries(identities))("%s, even with everything allowed besides", (name, access) => {
  it("is refused what changes a bucket or destroys a version", async () => {
    const s3 = client(user(name, ["denies-everything", policy(name, policyFor(access))]), SECRET);
    for (const bucket of bucketNames) {
      for (const [action, request] of Object.entries(requests)) {
        expect(await answer(request(s3, bucket)), `${action} on ${bucket}`).toBe("AccessDenied");
      }
    }
  });
});

it.each(Object.keys(requests))("%s is refused by its own deny, not by that of another action", async (action) => {
  const { Statement } = policyFor({});
  const only = Statement.map((statement) => ({ ...statement, Action: [action] }));
  const name = action.replace(":", "-").toLowerCase();
  const s3 = client(
    user(name, ["denies-everything", policy(name, { Version: "2012-10-17", Statement: only })]),
    SECRET,
  );
  expect(await answer(requests[action]!(s3, "drone-raw"))).toBe("AccessDenied");
});

it("without the denies nothing of it would be refused", async () => {
  const s3 = client(user("unbound", ["denies-everything"]), SECRET);
  const answers: Record<string, string> = {};
  for (const [action, request] of Object.entries(requests)) answers[action] = await answer(request(s3, "drone-raw"));
  expect(answers).toEqual({
    "s3:PutBucketVersioning": "done",
    "s3:PutLifecycleConfiguration": "done",
    "s3:PutBucketNotification": "done",
    "s3:PutBucketObjectLockConfiguration": "done",
    "s3:PutBucketPolicy": "done",
    "s3:DeleteBucketPolicy": "done",
    // Allowed, and then impossible: a bucket of the test has a lock, and a version that is kept.
    "s3:DeleteObjectVersion": "InvalidRequest",
    "s3:DeleteBucket": "BucketNotEmpty",
    "s3:ForceDeleteBucket": "MethodNotAllowed",
    "s3:BypassGovernanceRetention": "done",
  });
});
