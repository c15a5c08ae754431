/** Buckets whose objects are encrypted with a KMS' key, on a real MinIO with a static key, as the program declares it. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Identities } from "../../components/identities";
import { LakeBucket } from "../../components/lake-bucket";
import { storeEncryption } from "../../components/object-store-encryption";
import { ConsoleReporter } from "../../sandbox/progress";
import type { Keys } from "./access-lake";
import { type MinioServer, startMinio } from "./minio-server";
import { Processes } from "./processes";
import { Deployer } from "./stack";

vi.setConfig({ testTimeout: 600_000 });
const folder = mkdtempSync(join(tmpdir(), "encryption-test-"));
const processes = new Processes(folder);
const PHOTO = "a photo of a dike, which anybody could read who carries the drive away; ".repeat(20_000);
let server: MinioServer;
let stop = () => {};
let deployer: Deployer;

const program = (encryptionKey?: string) => async () => {
  const args = { minioServer: server.endpoint, minioUser: server.user, minioPassword: server.password };
  const on = { provider: new minio.Provider("lake", args) };
  new LakeBucket("drone-raw", { bucket: "drone-raw", protect: false, encryptionKey }, on);
  const { accessKey, secretKey } = new Identities("identities", { pipelineKeys: ["1"] }, on).users["drone-operator"];
  return { accessKeyId: pulumi.output(accessKey), secretAccessKey: pulumi.unsecret(pulumi.output(secretKey)) };
};

async function up(encryptionKey?: string): Promise<Keys> {
  const { failed, output } = await deployer.up(program(encryptionKey));
  expect(failed, output).toBe(false);
  const outputs = await deployer.outputs();
  return { accessKeyId: outputs.accessKeyId?.value, secretAccessKey: outputs.secretAccessKey?.value };
}

function client({ accessKeyId, secretAccessKey }: Keys): S3Client {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({
    endpoint: `http://${server.endpoint}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
  });
}

/** Whether the drives hold a text under a key as it was sent. */
function readable(key: string): boolean {
  const filesIn = (path: string): string[] =>
    statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesIn(join(path, name))) : [path];
  const files = ["drive1", "drive2", "drive3", "drive4"].flatMap((drive) =>
    filesIn(join(folder, drive, "drone-raw", key)),
  );
  expect(files.length).toBeGreaterThanOrEqual(4);
  return files.some((file) => readFileSync(file).includes("anybody could read"));
}

beforeAll(async () => {
  const secret = join(folder, "kms");
  mkdirSync(secret);
  writeFileSync(join(secret, "key"), `lake:${randomBytes(32).toString("base64")}`);
  // The Secret's file, where a pod has it mounted.
  const { env, volumeMounts } = storeEncryption({ key: "lake", keySecret: "lake-key" });
  const mount = volumeMounts[0]?.mountPath as string;
  const settings = Object.fromEntries(env.map(({ name, value }) => [name, value.replace(mount, secret)]));
  const report = new ConsoleReporter({ out: { write: () => undefined } });
  ({ minio: server, stop } = await startMinio(folder, processes, report, settings));
  deployer = await Deployer.create(["minio", "random"]);
});
afterAll(async () => {
  await processes.stop();
  stop();
  deployer?.remove();
  rmSync(folder, { recursive: true, force: true });
});

it("a new object cannot be read off the drives, and by who may read it without knowing of a key", async () => {
  const operator = client(await up("lake"));
  const at = { Bucket: "drone-raw", Key: "projects/dike/flight/photo.jpg" };
  await operator.send(new PutObjectCommand({ ...at, Body: PHOTO }));
  const head = await operator.send(new HeadObjectCommand(at));
  expect(head).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: "arn:aws:kms:lake" });
  expect(await (await operator.send(new GetObjectCommand(at))).Body?.transformToString()).toBe(PHOTO);
  expect(readable(at.Key)).toBe(false);
});

it("the setting stays as it is, is missed when somebody takes it away, and goes with the config", async () => {
  expect((await deployer.up(program("lake"))).steps).toEqual({});
  expect((await deployer.refresh()).steps).toEqual({});
  const root = client({ accessKeyId: server.user, secretAccessKey: server.password });
  await root.send(new DeleteBucketEncryptionCommand({ Bucket: "drone-raw" }));
  expect(Object.keys((await deployer.refresh()).steps)).toEqual([
    expect.stringContaining("s3BucketServerSideEncryption:S3BucketServerSideEncryption drone-raw"),
  ]);

  const operator = client(await up());
  const at = { Bucket: "drone-raw", Key: "projects/dike/flight/plain.jpg" };
  await operator.send(new PutObjectCommand({ ...at, Body: PHOTO }));
  expect(readable(at.Key)).toBe(true);
  const old = await operator.send(new GetObjectCommand({ ...at, Key: "projects/dike/flight/photo.jpg" }));
  expect(await old.Body?.transformToString()).toBe(PHOTO);
});

it("a key that the KMS does not have is refused", async () => {
  const { failed, output } = await deployer.up(program("another"));
  expect(failed).toBe(true);
  expect(output).toContain("drone-raw");
});
