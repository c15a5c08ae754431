import { describe, expect, test } from "vitest";
import {
  disruptionBudget,
  layoutFile,
  minioPods,
  minioSettings,
  minioVolumes,
} from "../../components/object-store-layout";
import { environment } from "../config/values";

const at = { store: "data-lake", headless: "data-lake-hl", namespace: "data-systems", port: 9000 };
const host = "data-lake-hl.data-systems.svc.cluster.local:9000";

describe("MINIO_VOLUMES", () => {
  test("names the four pods of the sandbox, one drive each", () => {
    expect(minioVolumes(environment().objectStore, at)).toBe(`https://data-lake-p0-{0...3}.${host}/drives/0`);
  });

  test("names every drive of a production pod", () => {
    expect(minioVolumes(environment({}, "prod").objectStore, at)).toBe(
      `https://data-lake-p0-{0...3}.${host}/drives/{0...1}`,
    );
  });

  test("has a term for each pool, in order", () => {
    const pool = (name: string) => ({ name, nodes: 4, drivesPerNode: 1, driveSize: "1Gi" });
    expect(minioVolumes({ mode: "distributed", pools: [pool("p0"), pool("p1")] }, at)).toBe(
      `https://data-lake-p0-{0...3}.${host}/drives/0 https://data-lake-p1-{0...3}.${host}/drives/0`,
    );
  });

  test("is a plain path in standalone mode, since a URL makes MinIO wait for peers", () => {
    expect(minioVolumes(environment({}, "dev").objectStore, at)).toBe("/drives/0");
  });
});

test("each pod of each pool has a stable name, also of a standalone store", () => {
  const pool = (name: string, nodes: number) => ({ name, nodes, drivesPerNode: 1, driveSize: "1Gi" });
  expect(minioPods([pool("p0", 2), pool("p1", 1)], at)).toEqual([
    `data-lake-p0-0.${host}`,
    `data-lake-p0-1.${host}`,
    `data-lake-p1-0.${host}`,
  ]);
});

test("the file of the layout names the volumes, and has another id for others", () => {
  const { id, text } = layoutFile("https://a/drives/0 https://b/drives/0");
  expect(text).toBe(`MINIO_VOLUMES="https://a/drives/0 https://b/drives/0"\nMINIO_LAYOUT_ID="${id}"\n`);
  expect(layoutFile("https://a/drives/0").id).not.toBe(id);
});

describe("the server's settings", () => {
  test("have the parity and a webhook target, whose events go straight to a queue on disk", () => {
    const settings = minioSettings(environment({}, "prod").objectStore, "https://listener");
    expect(settings).toEqual({
      MINIO_STORAGE_CLASS_STANDARD: "EC:4",
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
      MINIO_API_SYNC_EVENTS: "on",
      MINIO_API_STALE_UPLOADS_EXPIRY: "72h",
      MINIO_NOTIFY_WEBHOOK_ENABLE_TEKTON: "on",
      MINIO_NOTIFY_WEBHOOK_ENDPOINT_TEKTON: "https://listener",
      MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_TEKTON: "/queue/events",
      MINIO_NOTIFY_WEBHOOK_QUEUE_LIMIT_TEKTON: "1000000",
    });
  });

  test("accept a drive on the system disk only where the config says so", () => {
    expect(minioSettings(environment().objectStore, "w")).toHaveProperty("MINIO_ROOTDRIVE_THRESHOLD_SIZE");
  });
});

test("a drain may take as many pods as leave every set writable", () => {
  for (const [stack, pods] of [
    ["sandbox", 1],
    ["prod", 1],
    ["dev", 1],
  ] as const) {
    const { objectStore } = environment({}, stack);
    expect(disruptionBudget(objectStore, objectStore.pools[0]!)).toBe(pods);
  }
  const sixteen = { name: "p0", nodes: 16, drivesPerNode: 1, driveSize: "1Gi" };
  expect(disruptionBudget({ mode: "distributed", parity: 4 }, sixteen)).toBe(4);
});
