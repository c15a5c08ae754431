import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { Passage } from "./passage";
import { RefusingProxy } from "./refusing-proxy";
import { Deployer, type StateResource } from "./stack";

const server = inject("minio");
const folder = mkdtempSync(join(tmpdir(), "minio-test-"));
vi.setConfig({ testTimeout: 900_000 });

/** `mc` as a person would use it on this server. */
function mc(...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    MC_CONFIG_DIR: folder,
    MC_HOST_hand: `http://${server.user}:${server.password}@${server.endpoint}`,
  };
  return execFileSync(server.mc, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const read = (...actions: string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: ["arn:aws:s3:::test-lake/*"] }],
  });
const location = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: ["*"] },
      Action: ["s3:GetBucketLocation"],
      Resource: ["arn:aws:s3:::test-lake"],
    },
  ],
});

function provider(endpoint = server.endpoint) {
  return {
    provider: new minio.Provider("lake", {
      minioServer: endpoint,
      minioUser: server.user,
      minioPassword: server.password,
    }),
  };
}

const program =
  (days = 30, disableUser = false) =>
  async () => {
    const on = provider();
    const bucket = new minio.S3Bucket("lake", { bucket: "test-lake", forceDestroy: true, quota: 10_000_000 }, on);
    new minio.S3BucketVersioning(
      "versions",
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      on,
    );
    new minio.S3BucketPolicy("location", { bucket: bucket.bucket, policy: location }, on);
    new minio.IlmPolicy(
      "old",
      { bucket: bucket.bucket, rules: [{ id: "old", noncurrentVersionExpirationDays: days }] },
      on,
    );
    const queue = {
      id: "flights",
      queueArn: "arn:minio:sqs::TEKTON:webhook",
      events: ["s3:ObjectCreated:*"],
      filterPrefix: "projects/",
    };
    new minio.S3BucketNotification("events", { bucket: bucket.bucket, queues: [queue] }, on);
    const policy = new minio.IamPolicy("reader", { name: "test-reader", policy: read("s3:GetObject") }, on);
    const group = new minio.IamGroup("group", { name: "test-readers" }, on);
    const user = new minio.IamUser("user", { name: "test-stagiair", disableUser }, on);
    new minio.IamGroupMembership("members", { name: "test-members", group: group.name, users: [user.name] }, on);
    new minio.IamGroupPolicyAttachment("group-reads", { groupName: group.name, policyName: policy.name }, on);
    new minio.IamUserPolicyAttachment("user-reads", { userName: user.name, policyName: policy.name }, on);
    const account = new minio.IamServiceAccount("account", { targetUser: user.name, policy: read("s3:GetObject") }, on);
    return {
      secret: pulumi.unsecret(user.secret),
      key: account.accessKey,
      accountSecret: pulumi.unsecret(account.secretKey),
    };
  };

let deployer: Deployer;

beforeAll(async () => {
  deployer = await Deployer.create(["minio"]);
});
afterAll(async () => {
  deployer.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("a lake's buckets and identities", () => {
  it("come up, work, stay as they are, and hide their secrets in the state", async () => {
    const first = await deployer.up(program());
    expect(first.failed, first.output).toBe(false);
    const { secret, key, accountSecret } = await deployer.outputs();
    writeFileSync(join(folder, "first"), "a first photo");
    mc("cp", join(folder, "first"), "hand/test-lake/first");
    const readAs = async (accessKeyId: string, secretAccessKey: string) => {
      const options = { endpoint: `http://${server.endpoint}`, region: "us-east-1", forcePathStyle: true };
      const s3 = new S3Client({ ...options, credentials: { accessKeyId, secretAccessKey } });
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "test-lake", Key: "first" }));
      return Body?.transformToString();
    };
    expect(await readAs("test-stagiair", String(secret?.value))).toBe("a first photo");
    expect(await readAs(String(key?.value), String(accountSecret?.value))).toBe("a first photo");

    // The program gives its secrets away in outputs, for this test; they are not what is looked at.
    const { resources } = JSON.parse(deployer.storedState()).checkpoint.latest;
    const state = JSON.stringify(resources.filter((one: StateResource) => one.type !== "pulumi:pulumi:Stack"));
    for (const hidden of [secret, accountSecret]) expect(state).not.toContain(String(hidden?.value));
    expect(state).not.toContain(server.password);

    expect((await deployer.up(program())).steps).toEqual({});
    expect((await deployer.refresh()).steps).toEqual({});
  });

  it("show what was changed by hand, and go back to what is declared", async () => {
    writeFileSync(join(folder, "wide.json"), read("s3:*"));
    mc("anonymous", "set", "public", "hand/test-lake");
    mc("version", "suspend", "hand/test-lake");
    mc("admin", "policy", "create", "hand", "test-reader", join(folder, "wide.json"));
    mc("admin", "policy", "detach", "hand", "test-reader", "--group", "test-readers");
    mc("admin", "user", "disable", "hand", "test-stagiair");
    mc("event", "remove", "hand/test-lake", "--force");
    mc("ilm", "rule", "remove", "hand/test-lake", "--all", "--force");

    const index = (name: string) => `minio:index/${name}`;
    const drift = await deployer.refresh();
    expect(drift.steps).toEqual({
      [`update ${index("s3BucketPolicy:S3BucketPolicy")} location`]: { policy: "update" },
      [`update ${index("s3BucketVersioning:S3BucketVersioning")} versions`]: {
        "versioningConfiguration.status": "update",
      },
      [`update ${index("iamPolicy:IamPolicy")} reader`]: { policy: "update" },
      [`update ${index("iamUser:IamUser")} user`]: { disableUser: "update" },
      [`update ${index("s3BucketNotification:S3BucketNotification")} events`]: { queues: "delete" },
      [`delete ${index("iamGroupPolicyAttachment:IamGroupPolicyAttachment")} group-reads`]: {},
      [`delete ${index("ilmPolicy:IlmPolicy")} old`]: {},
    });
    expect((await deployer.up(program())).failed).toBe(false);
    expect((await deployer.refresh()).steps).toEqual({});
    expect(mc("--json", "admin", "user", "info", "hand", "test-stagiair")).toContain('"userStatus":"enabled"');
    expect(mc("version", "info", "hand/test-lake")).toContain("enabled");
    expect(mc("event", "list", "hand/test-lake")).toContain("TEKTON");
  });

  it("stay in the state when the server does not answer a refresh", async () => {
    const [host = "", port] = server.endpoint.split(":");
    const passage = await Passage.to(host, Number(port));
    const other = await Deployer.create(["minio"]);
    const through = async () => {
      const on = provider(`127.0.0.1:${passage.port}`);
      new minio.S3Bucket("other", { bucket: "test-other" }, on);
      new minio.IamPolicy("other", { name: "test-other", policy: read("s3:GetObject") }, on);
    };
    expect((await other.up(through)).failed).toBe(false);
    await passage.cut();
    const cut = await other.refresh();
    expect(cut.failed).toBe(true);
    expect(cut.output).toContain(`MinIO at http://127.0.0.1:${passage.port} cannot be reached`);
    const kept = (await other.exportState()).resources.map((one) => one.type);
    expect(kept).toContain("minio:index/s3Bucket:S3Bucket");
    expect(kept).toContain("minio:index/iamPolicy:IamPolicy");
    await passage.open();
    expect((await other.refresh()).steps).toEqual({});
    expect((await other.destroy()).failed).toBe(false);
    await passage.cut();
    other.remove();
  });

  it("are gone after destroy, objects, versions and a disabled user included", async () => {
    expect((await deployer.up(program(10, true))).failed).toBe(false);
    writeFileSync(join(folder, "photo"), "photo");
    mc("cp", join(folder, "photo"), "hand/test-lake/a");
    mc("cp", join(folder, "photo"), "hand/test-lake/a");
    mc("rm", "hand/test-lake/a");
    const gone = await deployer.destroy();
    expect(gone.failed, gone.output).toBe(false);
    expect(mc("ls", "hand")).not.toContain("test-lake");
    expect(mc("admin", "user", "list", "hand")).not.toContain("test-stagiair");
    expect(mc("admin", "group", "list", "hand")).not.toContain("test-readers");
    expect(mc("admin", "policy", "list", "hand")).not.toContain("test-reader");
  });
});

describe("an object that is made only half", () => {
  it("stays in the state, and the next update goes on", async () => {
    // Fails at the second step of what makes an object.
    const proxy = await RefusingProxy.to(server.endpoint, /set-bucket-quota|set-user-status|update-service-account/);
    const other = await Deployer.create(["minio"]);
    mc("admin", "user", "add", "hand", "test-owner", "a-secret-of-nobody");
    const declare = async () => {
      const on = provider(`127.0.0.1:${proxy.port}`);
      new minio.S3Bucket("half", { bucket: "test-half", quota: 1_000_000 }, on);
      new minio.IamUser("half", { name: "test-half", disableUser: true }, on);
      new minio.IamServiceAccount(
        "half",
        { targetUser: "test-owner", policy: read("s3:GetObject"), disableUser: true },
        on,
      );
    };
    const half = await other.up(declare);
    expect(half.failed).toBe(true);
    expect(half.output).toContain(
      `test-half was made, but: MinIO at 127.0.0.1:${proxy.port} refused "set-bucket-quota": no such luck`,
    );
    const idsOf = async () =>
      (await other.exportState()).resources
        .filter(({ type }) => type.startsWith("minio:"))
        .map(({ id }) => id)
        .sort();
    const ids = await idsOf();
    expect(ids).toHaveLength(3);

    proxy.refuses = false;
    const whole = await other.up(declare);
    expect(whole.failed, whole.output).toBe(false);
    expect(await idsOf()).toEqual(ids);
    expect(mc("--json", "quota", "info", "hand/test-half")).toContain("1000000");
    expect(mc("--json", "admin", "user", "info", "hand", "test-half")).toContain('"userStatus":"disabled"');
    expect((await other.refresh()).steps).toEqual({});
    expect((await other.destroy()).failed).toBe(false);
    mc("admin", "user", "remove", "hand", "test-owner");
    other.remove();
    proxy.close();
  });
});

describe("what this build does not do", () => {
  it("is refused by its name in the preview", async () => {
    const key = await deployer.preview(async () => {
      new minio.KmsKey("key", { keyId: "k" }, provider());
    });
    expect(key.output).toContain("minio:index/kmsKey:KmsKey is not supported by the local build of the minio plugin");

    // One resource a preview: the engine stops at the first that is wrong.
    const refused: [declare: (on: pulumi.CustomResourceOptions) => void, message: string][] = [
      [
        (on) => new minio.S3Bucket("open", { bucket: "test-open", acl: "public" }, on),
        '"acl" can only be "private" in this build',
      ],
      [
        (on) => new minio.IamUser("tagged", { name: "tagged", tags: { a: "b" } }, on),
        '"tags" is not supported by this build',
      ],
      [
        (on) => new minio.IlmPolicy("status", { bucket: "b", rules: [{ id: "x", status: "Disabled" }] }, on),
        '"rules[0].status" is an output and cannot be set',
      ],
    ];
    for (const [declare, message] of refused) {
      const wrong = await deployer.preview(async () => declare(provider()));
      expect(wrong.failed).toBe(true);
      expect(wrong.output).toContain(message);
    }
  });

  it("includes arguments of the provider", async () => {
    const run = await deployer.preview(async () => {
      const args = {
        minioServer: `http://${server.endpoint}`,
        minioUser: "u",
        minioPassword: "p",
        minioApiVersion: "v2",
      };
      new minio.S3Bucket("b", { bucket: "test-b" }, { provider: new minio.Provider("other", args) });
    });
    expect(run.failed).toBe(true);
    expect(run.output).toContain('"minioServer" must be host:port, without a scheme or path');
    expect(run.output).toContain('"minioApiVersion" is not supported by this build');
  });
});
