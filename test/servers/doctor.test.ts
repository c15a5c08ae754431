import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer, type Server } from "node:https";
import { createRequire } from "node:module";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import type { Finding } from "../../doctor/check";
import { checks } from "../../doctor/checks";
import { ClusterReader } from "../../doctor/cluster";
import { runChecks } from "../../doctor/run";
import { Client } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import { readSettings } from "../../plugins/kubernetes/settings";
import { checkout } from "../../sandbox/paths";
import { ExecError, exec } from "../../sandbox/process";
import { environment, values } from "../config/values";
import { localhostCertificate } from "../doctor/certificate";
import { TestCluster } from "./doctor-cluster";

const { kubeconfig } = inject("kubernetes");
const folder = mkdtempSync(join(tmpdir(), "doctor-test-"));
const admin = new Client(connect(readSettings({ kubeconfig }, {})));

/** What a database that speaks TLS answers to the question whether it does. */
const database = createTcp((socket) => socket.once("data", () => socket.end("S")));

/** prod, but for the servers of this test and images that nobody has to be asked for. */
const changes: Record<string, unknown> = {
  tier: "development",
  "cluster.kubeconfig": kubeconfig,
  "endpoints.minioCaFile": join(folder, "ca.pem"),
};

let minio: Server;
beforeAll(async () => {
  const pair = await localhostCertificate();
  writeFileSync(join(folder, "ca.pem"), pair.cert);
  // What puts TLS in front of the tests' object store, which has none.
  minio = createServer(pair, ({ url, headers }, response) => {
    get(`http://${inject("minio").endpoint}${url}`, { headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
  });
  await new Promise<void>((resolve) => minio.listen(0, "localhost", resolve));
  await new Promise<void>((resolve) => database.listen(0, "127.0.0.1", resolve));
  const { port } = database.address() as AddressInfo;
  changes["endpoints.postgres"] = { host: "127.0.0.1", port, sslmode: "require" };
  changes["endpoints.minio"] = `localhost:${(minio.address() as AddressInfo).port}`;
});
afterAll(() => {
  minio.close();
  database.close();
});

let cluster: TestCluster;
beforeEach(() => {
  cluster = new TestCluster(admin);
});
afterEach(() => cluster.clear());
afterAll(() => {
  admin.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the checks find out as a user of the cluster, by title; without those that leave this machine. */
async function findings(more: Record<string, unknown> = {}, client = admin): Promise<Record<string, Finding[]>> {
  const local = checks.filter(({ title }) => title !== "registries of the images");
  const made = { environment: environment({ ...changes, ...more }, "prod"), cluster: new ClusterReader(client) };
  const results = await runChecks(local, made);
  return Object.fromEntries(results.map(({ title, findings: found }) => [title, [...found]]));
}

const xfs = {
  provisioner: "csi.example.org",
  parameters: { "csi.storage.k8s.io/fstype": "xfs" },
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};

/** All that prod asks of a cluster. */
async function ready(): Promise<void> {
  for (const name of ["node-1", "node-2", "node-3", "node-4"]) await cluster.node(name);
  await cluster.create("StorageClass", "storage.k8s.io/v1", "local-xfs", xfs);
  for (const kind of ["Certificate", "ClusterIssuer"]) await cluster.kind("cert-manager.io", "v1", kind);
  for (const kind of ["ServiceMonitor", "PrometheusRule", "PodMonitor"]) {
    await cluster.kind("monitoring.coreos.com", "v1", kind);
  }
  await cluster.kind("karpenter.sh", "v1", "NodePool");
  await cluster.kind("karpenter.k8s.aws", "v1", "EC2NodeClass");
  for (const kind of ["Cluster", "Pooler", "ScheduledBackup"]) {
    await cluster.kind("postgresql.cnpg.io", "v1", kind, "Namespaced");
  }
  await cluster.kind("barmancloud.cnpg.io", "v1", "ObjectStore", "Namespaced");
  await cluster.make("/apis/karpenter.k8s.aws/v1/ec2nodeclasses", {
    ...{ apiVersion: "karpenter.k8s.aws/v1", kind: "EC2NodeClass", metadata: { name: "gpu" } },
  });
}

describe("a cluster that has all that the environment needs", () => {
  beforeEach(ready);

  it("has nothing missing", async () => {
    const found = await findings();
    expect(
      Object.values(found)
        .flat()
        .filter(({ level }) => level !== "ok"),
    ).toEqual([]);
    expect(Object.keys(found)).toEqual([
      ...["cluster", "tier", "Kubernetes version", "clock of the cluster", "ports of the API server", "permissions"],
      ...["operators", "objects of somebody else", "storage classes", "nodes for the object store"],
      ...["nodes for the pipelines", "Karpenter's node class", "address of the object store"],
      ...["clock of the object store", "address of the database"],
    ]);
    expect(found.permissions).toEqual([{ level: "ok", what: "everything is allowed" }]);
  });

  it("is looked at by a user who may only read, who is told every right that is missing", async () => {
    const reader = await userWith([{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }]);
    const { permissions, ...rest } = await findings({ gpu: { backend: "existing", nodes: ["node-4"] } }, reader);
    expect(
      Object.values(rest)
        .flat()
        .filter(({ what }) => what.startsWith("not looked at")),
    ).toEqual([]);
    const refused = (level: string) =>
      permissions!.filter((finding) => finding.level === level).map(({ what }) => what);
    expect(refused("fail")).toEqual([
      expect.stringMatching(
        /^not allowed: create, patch, delete: namespaces, clusterroles.rbac.*, customresourcedefinitions/,
      ),
      expect.stringMatching(/^not allowed: create, patch, delete in data-systems: secrets, .*, statefulsets.apps, /),
      expect.stringMatching(/^not allowed: create, patch, delete in drone-pipelines: .*, tasks.tekton.dev, /),
      expect.stringMatching(/^not allowed: create, patch, delete in tekton-pipelines: .*, deployments.apps, /),
      "not allowed: patch: nodes node-4",
    ]);
    expect(refused("warn")).toContainEqual(expect.stringMatching(/^not allowed: escalate, bind: clusterroles/));
  });

  it("is doubted where a user may not look", async () => {
    const nobody = await userWith([]);
    const found = await findings({}, nobody);
    expect(found["nodes for the object store"]).toMatchObject([
      { level: "warn", what: expect.stringMatching(/^not looked at: nodes is forbidden/) },
    ]);
    expect(found["Kubernetes version"]).toMatchObject([{ level: "ok" }]);
  });
});

describe("a cluster that lacks something", () => {
  it("is told all of it, with what to do", async () => {
    await cluster.node("node-1");
    await cluster.node("gpu-01");
    await cluster.create("StorageClass", "storage.k8s.io/v1", "localxfs", xfs);
    await cluster.create("Namespace", "v1", "drone-pipelines");
    const found = await findings({
      "cluster.apiServerPorts": [6443],
      gpu: { backend: "existing", nodes: ["gpu-1"] },
      ...{ "tekton.install": false, "database.backend": "statefulset" },
    });
    expect(found).toMatchObject({
      "ports of the API server": [{ level: "fail", mend: "set cluster.apiServerPorts to [6443, 443]" }],
      operators: [
        { level: "fail", what: expect.stringMatching(/^cert-manager does not serve Certificate, ClusterIssuer/) },
        {
          level: "fail",
          what: expect.stringMatching(/^Tekton Pipelines does not serve Task, Pipeline, PipelineRun in/),
        },
        { level: "fail", what: expect.stringMatching(/^Tekton Triggers does not serve EventListener/) },
        { level: "fail", what: expect.stringMatching(/^Prometheus does not serve ServiceMonitor/) },
      ],
      "Tekton as it is set": [{ level: "warn" }],
      "objects of somebody else": [
        { level: "fail", what: expect.stringMatching(/^namespace drone-pipelines is there/) },
      ],
      "storage classes": [{ level: "fail", mend: "did you mean localxfs?" }],
      "nodes for the object store": [{ level: "fail", mend: "add or free 2, or lower objectStore.resources" }],
      "GPU nodes": [{ level: "fail", what: "there is no node gpu-1", mend: "did you mean gpu-01 in gpu.nodes?" }],
    });
  });

  it("is told of operators and node classes that are not there", async () => {
    const found = await findings();
    expect(found.operators).toMatchObject([
      { level: "fail", what: expect.stringContaining("(tls.installCertManager is false)") },
      { level: "fail", what: expect.stringContaining("(gpu.backend is karpenter)") },
      { level: "fail", what: expect.stringContaining("(monitoring.namespace is given)") },
      {
        level: "fail",
        what: expect.stringMatching(/^CloudNativePG does not serve Cluster, Pooler, ScheduledBackup in/),
      },
      { level: "fail", what: expect.stringMatching(/^The plugin barman-cloud does not serve ObjectStore in/) },
    ]);
    expect(found["Karpenter's node class"]).toMatchObject([
      { level: "fail", what: "the cluster has no kind EC2NodeClass in karpenter.k8s.aws" },
    ]);
  });

  it("is told of a port that another Service has", async () => {
    const port = { port: 80, nodePort: 30900 };
    await cluster.make("/api/v1/namespaces/default/services", {
      ...{ apiVersion: "v1", kind: "Service", metadata: { name: "other" }, spec: { type: "NodePort", ports: [port] } },
    });
    const exposure = { type: "NodePort", port: 30900 };
    expect((await findings({ "objectStore.exposure": exposure }))["ports of the nodes"]).toEqual([
      {
        level: "fail",
        what: "30900 is taken by the Service default/other",
        mend: "choose another in objectStore.exposure.port",
      },
    ]);
  });

  it("is told of servers that do not answer: not up yet, until their Services are there", async () => {
    const away = {
      "endpoints.minio": "127.0.0.1:1",
      "endpoints.postgres": { host: "127.0.0.1", port: 2 },
    };
    const before = await findings(away);
    expect(before["address of the object store"]).toMatchObject([
      { level: "warn", what: expect.stringMatching(/^not up yet/) },
    ]);
    expect(before["address of the database"]).toMatchObject([{ level: "warn" }]);
    await cluster.create("Namespace", "v1", "data-systems");
    for (const name of ["data-lake", "postgis"]) {
      await cluster.make("/api/v1/namespaces/data-systems/services", {
        ...{ apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } },
      });
    }
    const after = await findings(away);
    expect(after["address of the object store"]).toMatchObject([
      { level: "fail", what: expect.stringMatching(/ECONNREFUSED.*while the cluster has its Service$/) },
    ]);
    expect(after["address of the database"]).toMatchObject([{ level: "fail" }]);
  });
});

describe("npm run doctor", () => {
  beforeAll(() => {
    const raw = values({ ...changes, "images.odm": "127.0.0.1:1/odm:1" }, "prod");
    const config = Object.fromEntries(Object.entries(raw).map(([key, value]) => [`drone-data-lake:${key}`, value]));
    writeFileSync(join(folder, "Pulumi.acceptance.yaml"), stringify({ config }));
    writeFileSync(
      join(folder, "Pulumi.wrong.yaml"),
      stringify({ config: { ...config, "drone-data-lake:gpu": "one" } }),
    );
  });

  /** Beside the test, in which the object store's TLS ends. */
  async function doctor(stack: string): Promise<{ status: number; stdout: string; stderr: string }> {
    const tsx = pathToFileURL(createRequire(join(checkout, "package.json")).resolve("tsx")).href;
    const args = ["--import", tsx, join(checkout, "doctor", "main.ts"), stack, "--cwd", folder];
    try {
      return { status: 0, ...(await exec(process.execPath, args)) };
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      return { status: error.code as number, stdout: error.stdout, stderr: error.stderr };
    }
  }

  it("ends with 0 when nothing is missing, and with 1 when something is", async () => {
    const missing = await doctor("acceptance");
    expect(missing.status, missing.stderr).toBe(1);
    expect(missing.stdout).toMatch(
      / {2}FAIL {2}storage classes: there is no storage class local-xfs, .*\n {8}mend: make it/,
    );
    expect(missing.stdout).toMatch(/\d failures, \d+ warnings?; nothing was changed\.\n$/);
    await ready();
    const good = await doctor("acceptance");
    expect(good.stdout).not.toContain("FAIL");
    expect(good.status, good.stderr).toBe(0);
  });

  it("ends with 2 and all that is wrong with the file before it asks any server", async () => {
    const { status, stdout, stderr } = await doctor("wrong");
    expect(stderr).toBe('Pulumi.wrong.yaml has 1 wrong value:\n  gpu: found "one"; expected keys with values\n');
    expect([status, stdout]).toEqual([2, ""]);
  });
});

/** A client with the token of an account that has these rights and no others. */
async function userWith(rules: object[]): Promise<Client> {
  const name = `doctor-${Date.now()}`;
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  await cluster.make(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
  await cluster.create("ClusterRole", "rbac.authorization.k8s.io/v1", name, { rules });
  await cluster.create("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", name, {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
  });
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status } = await admin.request<{ status: { token: string } }>("POST", `${accounts}/${name}/token`, { body });
  const { agent, ...connection } = connect(readSettings({ kubeconfig }, {}));
  return new Client({ ...connection, agent, headers: async () => ({ Authorization: `Bearer ${status.token}` }) });
}
