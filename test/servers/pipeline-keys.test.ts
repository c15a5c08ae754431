/** The pipelines' keys are rotated on a real MinIO, while steps of both generations write without a pause. */
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { Identities } from "../../components/identities";
import { clientOf, type Keys, makeBuckets, removeBuckets } from "./access-lake";
import { Deployer } from "./stack";
import { Writer } from "./writer";

const server = inject("minio");
let deployer: Deployer;
const writers: Writer[] = [];
vi.setConfig({ testTimeout: 900_000 });

/** The program's identities with keys of these generations; returns what steps that start from then on are given. */
async function rotateTo(...pipelineKeys: string[]): Promise<Keys> {
  const args = { minioServer: server.endpoint, minioUser: server.user, minioPassword: server.password };
  const { failed, output } = await deployer.up(async () => {
    const made = new Identities("identities", { pipelineKeys }, { provider: new minio.Provider("lake", args) });
    const { accessKey, secretKey } = made.serviceAccounts["pipeline-stitch"];
    return { accessKeyId: pulumi.output(accessKey), secretAccessKey: pulumi.unsecret(pulumi.output(secretKey)) };
  });
  expect(failed, output).toBe(false);
  const outputs = await deployer.outputs();
  return { accessKeyId: outputs.accessKeyId?.value, secretAccessKey: outputs.secretAccessKey?.value };
}

/** A step that has begun with these keys. */
function step(name: string, keys: Keys): Writer {
  const client = clientOf(keys);
  const writer = new Writer(name, "drone-ortho", () => client);
  writers.push(writer);
  return writer;
}

beforeAll(async () => {
  [deployer] = await Promise.all([Deployer.create(["minio", "random"]), makeBuckets()]);
});
afterAll(async () => {
  await Promise.all(writers.map((writer) => writer.stop()));
  const { failed, output } = await deployer.destroy();
  await removeBuckets();
  deployer.remove();
  expect(failed, output).toBe(false);
});

it("no request fails while a generation of keys is added, used, and the one before it taken away", async () => {
  const first = await rotateTo("1");
  const old = step("old", first);
  await old.goesOn(10);

  const second = await rotateTo("1", "2");
  expect(second.accessKeyId).not.toBe(first.accessKeyId);
  const young = step("young", second);
  await Promise.all([old.goesOn(10), young.goesOn(10)]);

  // The runs that began with the old keys have ended.
  await old.stop();
  const third = await rotateTo("2");
  expect(third.accessKeyId).toBe(second.accessKeyId);
  await young.goesOn(10);
  await young.stop();

  expect([...old.failures, ...young.failures]).toEqual([]);
  const [Key] = old.written;
  const asks = (keys: Keys) => clientOf(keys).send(new HeadObjectCommand({ Bucket: "drone-ortho", Key }));
  await expect(asks(first)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  await expect(asks(third)).resolves.toBeDefined();
});
