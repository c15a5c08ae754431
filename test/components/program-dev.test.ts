import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { violations } from "../policies/stack";
import { namesOf, one, type Recorded, record, stackValues } from "./recorder";

vi.mock("../../sandbox/toolchain/manifests", () => ({ manifests: (set: string) => join(__dirname, "manifests", set) }));

let recorded: Recorded[];
beforeAll(async () => {
  recorded = await record(() => import("../../index.js"), { stack: "dev", values: stackValues("dev") });
}, 120_000);

test("the object store is one pod, whose target for events is looked for at its own name", () => {
  expect(one(recorded, "kubernetes:apps/v1:StatefulSet", "data-lake-p0").inputs.spec).toMatchObject({ replicas: 1 });
  // biome-ignore lint/suspicious/noExplicitAny: a Job's spec
  const job = one(recorded, "kubernetes:batch/v1:Job", "data-lake-gate").inputs.spec as any;
  expect(job.template.spec.containers[0].env).toContainEqual({
    name: "PODS",
    value: "data-lake-p0-0.data-lake-hl.data-systems.svc.cluster.local:9000",
  });
});

test("old versions go after some time, except those of models", () => {
  const type = "minio:index/ilmPolicy:IlmPolicy";
  expect(namesOf(recorded, type).sort()).toEqual(["ai-results", "drone-ortho", "drone-raw"]);
  expect(one(recorded, type, "drone-raw").inputs).toMatchObject({ rules: [{ noncurrentVersionExpirationDays: 30 }] });
});

test("flights are stitched by OpenDroneMap, without GPUs", () => {
  const tasks = namesOf(recorded, "kubernetes:tekton.dev/v1:Task");
  expect(tasks).toContain("pipelines-task-stitch-small");
  // biome-ignore lint/suspicious/noExplicitAny: a Task's spec
  const { steps } = one(recorded, "kubernetes:tekton.dev/v1:Task", "pipelines-task-stitch-small").inputs.spec as any;
  expect(steps.map(({ name }: { name: string }) => name)).toEqual(["prepare", "odm", "finish"]);
  expect(namesOf(recorded, "kubernetes:karpenter.sh/v1:NodePool")).toEqual([]);
});

test("dev keeps every policy", () => {
  expect(violations("dev", recorded, "mandatory")).toEqual([]);
  expect(violations("dev", recorded, "advisory")).toEqual([]);
});

test("the database's dumps go to a bucket of another store, with keys that are not in the program", () => {
  // biome-ignore lint/suspicious/noExplicitAny: a CronJob's spec
  const { jobTemplate } = one(recorded, "kubernetes:batch/v1:CronJob", "database-backup").inputs.spec as any;
  const { env } = jobTemplate.spec.template.spec.containers[0];
  expect(env).toContainEqual({ name: "AWS_ENDPOINT_URL_S3", value: "https://s3.backup.example.org" });
  expect(env).toContainEqual({ name: "BACKUP_BUCKET", value: "dev-lake" });
  expect(env).toContainEqual({ name: "BACKUP_PREFIX", value: "database/" });
  expect(env).toContainEqual({
    name: "AWS_SECRET_ACCESS_KEY",
    valueFrom: { secretKeyRef: { name: "backup-store", key: "secretKey" } },
  });
  expect(namesOf(recorded, "kubernetes:core/v1:PersistentVolumeClaim")).toEqual(["notebooks"]);
  expect(one(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "database-backup").inputs.spec).toMatchObject({
    egress: [{}, { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 443 }] }],
  });
});
