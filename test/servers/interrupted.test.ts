/** A stack whose Pulumi was killed between the making of something and the note of it, on real servers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { stringify } from "yaml";
import { Client } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import { readSettings } from "../../plugins/kubernetes/settings";
import { type Instance, openInstance } from "../../sandbox/instance";
import { checkout } from "../../sandbox/paths";
import { Stack } from "../../sandbox/pulumi";
import { QuietReporter, Said } from "../sandbox/toolchain/helpers";

const step = new Said();
const [minio, postgres] = [inject("minio"), inject("postgres")];
const { kubeconfig } = inject("kubernetes");
const client = new Client(connect(readSettings({ kubeconfig }, {})));
const namespace = "default";
const id = `interrupted-${process.pid}`;

/** One of each kind that cannot be made twice, as on a cluster that others use too. */
const PROGRAM = `
const k8s = require("@pulumi/kubernetes");
const minio = require("@pulumi/minio");
const postgresql = require("@pulumi/postgresql");
const { id, namespace, kubeconfig, ...servers } = require("./servers.json");
const cluster = { provider: new k8s.Provider("cluster", { kubeconfig, enableServerSideApply: true }) };
for (const name of ["made", "not-made"]) {
  new k8s.core.v1.ConfigMap(name, { metadata: { name, namespace }, data: { key: "value" } }, cluster);
}
const store = { provider: new minio.Provider("store", servers.minio) };
new minio.S3Bucket("bucket", { bucket: id }, store);
const server = { provider: new postgresql.Provider("server", servers.postgres) };
const owner = new postgresql.Role("role", { name: id, login: true, password: "a-password-of-the-test" }, server);
new postgresql.Database("database", { name: id, owner: owner.name }, server);
`;

interface Checkpoint {
  checkpoint: { latest: { resources: State[]; pending_operations?: { type: string; resource: State }[] } };
}
interface State {
  urn: string;
  id?: string;
  outputs?: Record<string, unknown>;
}

const nameOf = ({ urn }: State) => urn.split("::").at(-1) as string;

describe("a Pulumi that was killed before it noted what it had made", () => {
  let root: string;
  let instance: Instance;
  let stack: Stack;
  const file = () => join(instance.backend, ".pulumi", "stacks", "drone-data-lake", "sandbox.json");
  const read = () => JSON.parse(readFileSync(file(), "utf8")) as Checkpoint;
  const writeSettings = () => writeFileSync(join(instance.project, "Pulumi.sandbox.yaml"), "config: {}\n");
  const configMap = (name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "lake-interrupted-"));
    vi.stubEnv("DRONE_LAKE_STATE", join(root, "state"));
    instance = openInstance("one", { kind: "embedded" }, new Set());
    for (const dir of [instance.project, instance.backend, join(root, "program")]) mkdirSync(dir, { recursive: true });
    const { host, port, user: username, password } = postgres;
    const servers = {
      minio: { minioServer: minio.endpoint, minioUser: minio.user, minioPassword: minio.password },
      postgres: { host, port, username, password, sslmode: "disable", maxConnections: 1 },
    };
    const program = join(root, "program");
    writeFileSync(join(program, "servers.json"), JSON.stringify({ id, namespace, kubeconfig, ...servers }));
    writeFileSync(join(program, "index.js"), PROGRAM);
    symlinkSync(join(checkout, "node_modules"), join(program, "node_modules"));
    const project = { name: "drone-data-lake", runtime: "nodejs", main: program };
    writeFileSync(join(instance.project, "Pulumi.yaml"), stringify(project));
    writeSettings();
    writeFileSync(instance.passphraseFile, "of the test\n");
    stack = await Stack.open(instance, new QuietReporter());
    await stack.select(step);
  });
  afterAll(async () => {
    await stack.destroy(step);
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  it("is gone on from: what it made is taken up, what it did not make is made", async () => {
    await stack.up(step);
    const before = await client.request<{ metadata: { uid: string } }>("GET", configMap("made"));
    await client.request("DELETE", configMap("not-made"));

    const state = read();
    const { latest } = state.checkpoint;
    const lost = ["made", "not-made", "bucket", "role", "database"];
    const isLost = (resource: State) => lost.includes(nameOf(resource));
    latest.pending_operations = latest.resources
      .filter(isLost)
      .map(({ id: _, outputs: __, ...resource }) => ({ type: "creating", resource }));
    expect(latest.pending_operations).toHaveLength(lost.length);
    latest.resources = latest.resources.filter((resource) => !isLost(resource));
    writeFileSync(file(), JSON.stringify(state));

    // The next run writes the settings anew, without the salt that Pulumi added for its secrets.
    writeSettings();
    await stack.up(step);
    const { latest: after } = read().checkpoint;
    expect(after.pending_operations ?? []).toEqual([]);
    const found = after.resources.filter(isLost);
    expect(found.map(nameOf).sort()).toEqual([...lost].sort());
    for (const resource of found) expect(resource, nameOf(resource)).toHaveProperty("outputs");
    const now = await client.request<{ metadata: { uid: string } }>("GET", configMap("made"));
    expect(now.metadata.uid).toBe(before.metadata.uid);
    await client.request("GET", configMap("not-made"));
    await stack.exec(["preview", "--expect-no-changes"]);
  });
});
