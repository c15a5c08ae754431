/** What production declares whose store has been rotated, has grown, is encrypted and copied elsewhere. */
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { bucketNames } from "../../components/names";
import { values } from "../config/values";
import { violations } from "../policies/stack";
import { namesOf, one, type Recorded, record } from "./recorder";

vi.mock("../../sandbox/toolchain/manifests", () => ({ manifests: (set: string) => join(__dirname, "manifests", set) }));

const pool = (name: string) => ({ name, nodes: 4, drivesPerNode: 2, driveSize: "1Ti" });
const changes = {
  "objectStore.rootKeys": ["1", "2"],
  "objectStore.pools": [pool("p0"), pool("p1")],
  "objectStore.encryption": {
    key: "lake",
    kes: { endpoint: "https://kes.example.org:7373", certificateSecret: "lake-kes" },
  },
  "objectStore.replication": { endpoint: "https://copy.example.org:9443", credentialsSecret: "lake-copy" },
};
let recorded: Recorded[];
// biome-ignore lint/suspicious/noExplicitAny: the spec of a Kubernetes object
const spec = (type: string, name: string): any => one(recorded, `kubernetes:${type}`, name).inputs.spec;
const server = (name: string) => spec("apps/v1:StatefulSet", name).template.spec.containers[0];

beforeAll(async () => {
  recorded = await record(() => import("../../index.js"), { stack: "prod", values: values(changes, "prod") });
}, 120_000);

test("keeps to every policy that stops an update", () => {
  expect(violations("prod", recorded, "mandatory")).toEqual([]);
});

test("has the root credentials of both generations at hand, and lets only the old ones go", () => {
  const { stringData } = one(recorded, "kubernetes:core/v1:Secret", "data-lake-root").inputs as never as {
    stringData: Record<string, string>;
  };
  const url = (generation: string) =>
    `https://string-of-data-lake-root-user-${generation}:password-of-data-lake-root-password-${generation}@data-lake:9000`;
  expect(stringData).toMatchObject({
    user: "string-of-data-lake-root-user-2",
    password: "password-of-data-lake-root-password-2",
    "mc-host": url("2"),
    "mc-host-before": url("1"),
  });
  const kept = (generation: string) =>
    one(recorded, "random:index/randomPassword:RandomPassword", `data-lake-root-password-${generation}`).options;
  expect(kept("1").protect).toBe(false);
  expect(kept("2").protect).toBe(true);
});

test("tells old and new pods of the drives and of root by files alone, so that nothing makes old pods anew", () => {
  const sets = ["data-lake-p0", "data-lake-p1"];
  const layout = one(recorded, "kubernetes:core/v1:ConfigMap", "data-lake-layout").inputs as never as {
    data: Record<string, string>;
  };
  for (const set of sets) {
    expect(layout.data["minio.env"]).toContain(`https://${set}-{0...3}.`);
    expect(server(set).env).toContainEqual({ name: "MINIO_CONFIG_ENV_FILE", value: "/layout/minio.env" });
    expect(server(set).env).toContainEqual({ name: "MINIO_ROOT_PASSWORD_FILE", value: "/credentials/password" });
  }
  expect(server("data-lake-p1").env).toEqual(server("data-lake-p0").env);
  expect(JSON.stringify(spec("apps/v1:StatefulSet", "data-lake-p0"))).not.toContain("p1");
});

test("lets the gate restart servers of another layout or with the credentials before, on every pod", () => {
  const { env } = spec("batch/v1:Job", "data-lake-gate").template.spec.containers[0];
  const variable = (name: string) => env.find((one: { name: string }) => one.name === name);
  const layout = one(recorded, "kubernetes:core/v1:ConfigMap", "data-lake-layout").masked.data as Record<
    string,
    string
  >;
  expect(layout["minio.env"]).toContain(`MINIO_LAYOUT_ID="${variable("LAYOUT").value}"`);
  expect(variable("PODS").value.split(" ")).toHaveLength(8);
  expect(variable("MC_HOST_before").valueFrom.secretKeyRef).toEqual({ name: "data-lake-root", key: "mc-host-before" });
});

test("encrypts every bucket with the KMS' key, and lets the store out to the KMS and to its copy", () => {
  const type = "minio:index/s3BucketServerSideEncryption:S3BucketServerSideEncryption";
  expect(namesOf(recorded, type).sort()).toEqual([...bucketNames].sort());
  for (const name of bucketNames) expect(one(recorded, type, name).inputs).toMatchObject({ kmsKeyId: "lake" });
  const { egress } = spec("networking.k8s.io/v1:NetworkPolicy", "data-lake");
  const ports = egress.flatMap(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port));
  expect(ports).toEqual(expect.arrayContaining([7373, 9443]));
});

test("gives the Job that sets the copies its keys by reference", () => {
  const { env } = spec("batch/v1:Job", "replication").template.spec.containers[0];
  expect(env).toContainEqual({
    name: "MC_HOST_copy",
    value: "https://$(COPY_ACCESS_KEY):$(COPY_SECRET_KEY)@copy.example.org:9443",
  });
  expect(env).toContainEqual({ name: "BUCKETS", value: bucketNames.join(" ") });
});
