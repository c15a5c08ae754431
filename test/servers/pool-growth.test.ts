/** A pool is added to a distributed MinIO as the program does it, while somebody writes without a pause. */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ConsoleReporter } from "../../sandbox/progress";
import type { Keys } from "./access-lake";
import { MinioCluster } from "./minio-cluster";
import { Processes } from "./processes";
import { expectPassing, Writer } from "./writer";

vi.setConfig({ testTimeout: 900_000 });
const ATTEMPTS = 7;
const folder = mkdtempSync(join(tmpdir(), "growth-test-"));
const processes = new Processes(folder);
const root: Keys = { accessKeyId: "growing-root", secretAccessKey: randomBytes(16).toString("hex") };
const Bucket = "drone-raw";
let cluster: MinioCluster;

beforeAll(async () => {
  const report = new ConsoleReporter({ out: { write: () => undefined } });
  cluster = await MinioCluster.create(folder, processes, report);
  cluster.setRoot(root);
  cluster.start(await cluster.addPool());
  expect(await cluster.gate(root)).toMatchObject({ status: 0 });
  const s3 = cluster.client(root);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
});
afterAll(async () => {
  await processes.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("four nodes become eight: requests fail for a moment and none before or after, every object is there at each of the eight, and new ones lie on the new drives", async () => {
  const clients = cluster.nodes.map((node) => cluster.client(root, node, ATTEMPTS));
  const writers = clients.map((client, i) => new Writer(`node-${i}`, Bucket, () => client));
  await Promise.all(writers.map((writer) => writer.goesOn(5)));
  expect(writers.flatMap(({ failures }) => failures)).toEqual([]);

  const added = await cluster.addPool();
  cluster.start(added);
  const { status, output } = await cluster.gate(root);
  expect(status, output).toBe(0);
  expect(output.match(/all servers restart/g)).toHaveLength(1);

  await expectPassing(writers);
  for (const node of cluster.nodes) {
    const s3 = cluster.client(root, node, ATTEMPTS);
    for (const Key of writers.flatMap(({ written }) => written)) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(await Body?.transformToString()).toBe(Key);
    }
  }
  const told = execFileSync("mc", ["admin", "info", "--json", "lake"], { env: cluster.mcEnv(root), encoding: "utf8" });
  expect(Object.keys(JSON.parse(told).info.pools)).toHaveLength(2);
  const onNew = added.flatMap((port) => readdirSync(join(folder, `node-${port}`, "drives", "0", Bucket)));
  expect(onNew).not.toEqual([]);
});
