/** Root's credentials are rotated on a distributed MinIO as the program does it, while somebody writes without a pause. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, HeadObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Identities } from "../../components/identities";
import { ConsoleReporter } from "../../sandbox/progress";
import type { Keys } from "./access-lake";
import { MinioCluster } from "./minio-cluster";
import { Processes } from "./processes";
import { Deployer, type Run } from "./stack";
import { expectPassing, Writer } from "./writer";

vi.setConfig({ testTimeout: 900_000 });
/** As often as the lake's own steps try (tasks/src/dronelake/storage.py), with the same kind of pauses. */
const ATTEMPTS = 7;
const folder = mkdtempSync(join(tmpdir(), "rotation-test-"));
const processes = new Processes(folder);
const newRoot = (): Keys => ({
  accessKeyId: `root${randomBytes(4).toString("hex")}`,
  secretAccessKey: randomBytes(16).toString("hex"),
});
const [first, second] = [newRoot(), newRoot()];
let cluster: MinioCluster;
let deployer: Deployer;

/** The program's identities, made by Pulumi's provider as root. */
async function up({ accessKeyId, secretAccessKey }: Keys): Promise<Run> {
  const args = { minioServer: cluster.nodes[0], minioUser: accessKeyId, minioPassword: secretAccessKey };
  const run = await deployer.up(async () => {
    const made = new Identities("identities", { pipelineKeys: ["1"] }, { provider: new minio.Provider("lake", args) });
    const { accessKey, secretKey } = made.serviceAccounts["pipeline-stitch"];
    return { accessKeyId: pulumi.output(accessKey), secretAccessKey: pulumi.unsecret(pulumi.output(secretKey)) };
  });
  expect(run.failed, run.output).toBe(false);
  return run;
}

beforeAll(async () => {
  const report = new ConsoleReporter({ out: { write: () => undefined } });
  cluster = await MinioCluster.create(folder, processes, report);
  cluster.setRoot(first);
  cluster.start(await cluster.addPool());
  deployer = await Deployer.create(["minio", "random"]);
  expect(await cluster.gate(first)).toMatchObject({ status: 0 });
  await cluster.client(first).send(new CreateBucketCommand({ Bucket: "drone-ortho" }));
});
afterAll(async () => {
  await processes.stop();
  deployer?.remove();
  rmSync(folder, { recursive: true, force: true });
});

it("requests fail for a moment and none before or after, nothing is lost, and every node and Pulumi go on with the new credentials", async () => {
  await up(first);
  const outputs = await deployer.outputs();
  const keys = { accessKeyId: outputs.accessKeyId?.value, secretAccessKey: outputs.secretAccessKey?.value };
  const clients = cluster.nodes.map((node) => cluster.client(keys, node, ATTEMPTS));
  const writers = clients.map((client, i) => new Writer(`node-${i}`, "drone-ortho", () => client));
  await Promise.all(writers.map((writer) => writer.goesOn(5)));
  expect(writers.flatMap(({ failures }) => failures)).toEqual([]);

  cluster.setRoot(second);
  const { status, output } = await cluster.gate(second, first);
  expect(status, output).toBe(0);
  expect(output.match(/all servers restart/g)).toHaveLength(1);

  await expectPassing(writers);
  const [reader] = clients;
  for (const Key of writers.flatMap(({ written }) => written)) {
    await expect(reader?.send(new HeadObjectCommand({ Bucket: "drone-ortho", Key }))).resolves.toBeDefined();
  }
  for (const node of cluster.nodes) {
    const asks = (root: Keys) => cluster.client(root, node).send(new ListBucketsCommand({}));
    await expect(asks(second)).resolves.toBeDefined();
    await expect(asks(first)).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  }
  expect((await up(second)).steps).toEqual({});
});

it("a store that has all that it is to have is not restarted", async () => {
  const { status, output } = await cluster.gate(second, first);
  expect(status).toBe(0);
  expect(output).not.toContain("restart");
});
