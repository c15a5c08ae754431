import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { minioSettings } from "../../components/object-store-layout";
import { ConsoleReporter } from "../../sandbox/progress";
import { environment } from "../config/values";
import { startMinio } from "./minio-server";
import { Processes } from "./processes";

const folder = mkdtempSync(join(tmpdir(), "uploads-test-"));
const processes = new Processes(folder);
const Bucket = "drone-raw";
let s3: S3Client;
let stop = () => {};

/** The setting that the program declares, with hours as seconds, so that it shows while one waits. */
function expiry(hours: number): Record<string, string> {
  const { objectStore } = environment({ objectStore: { incompleteUploadHours: hours } });
  const name = "MINIO_API_STALE_UPLOADS_EXPIRY";
  const value = minioSettings(objectStore, "")[name];
  expect(value).toBe(`${hours}h`);
  return { [name]: `${hours}s`, MINIO_API_STALE_UPLOADS_CLEANUP_INTERVAL: "1s" };
}

beforeAll(async () => {
  const report = new ConsoleReporter({ out: { write: () => undefined } });
  const { minio, ...started } = await startMinio(folder, processes, report, expiry(5));
  stop = started.stop;
  s3 = new S3Client({
    endpoint: `http://${minio.endpoint}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: minio.user, secretAccessKey: minio.password },
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  await processes.stop();
  stop();
  rmSync(folder, { recursive: true, force: true });
});

it("an upload that nobody completes is there at first, and goes by itself with its parts", async () => {
  const at = { Bucket, Key: "projects/dike/flight/photo.jpg" };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
  await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "half a photo" }));
  const waiting = async () =>
    (await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: at.Key }))).Uploads?.length ?? 0;
  expect(await waiting()).toBe(1);
  while ((await waiting()) > 0) await sleep(200);
  await expect(s3.send(new ListPartsCommand({ ...at, UploadId }))).rejects.toMatchObject({ name: "NoSuchUpload" });
});

it("the lifecycle rule that S3 has for it is dropped by MinIO, which is why none is declared", async () => {
  const rule = { ID: "all", Filter: { Prefix: "" }, NoncurrentVersionExpiration: { NoncurrentDays: 9 } };
  const Rules = [{ ...rule, Status: "Enabled" as const, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  const kept = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(kept.Rules).toMatchObject([{ ID: "all", NoncurrentVersionExpiration: { NoncurrentDays: 9 } }]);
  expect(kept.Rules?.[0]).not.toHaveProperty("AbortIncompleteMultipartUpload");
});
