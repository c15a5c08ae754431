import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { GpuPool } from "../../components/gpu-pool";
import { QUEUE_ACCOUNT } from "../../pipelines/context";
import { detectionPipeline, orthophotoPipeline, type PipelineName } from "../../pipelines/pipelines";
import { queueRules } from "../../pipelines/queue";
import { pipelineRun } from "../../pipelines/runs";
import { tasks } from "../../pipelines/tasks";
import type { PipelineRun } from "../../pipelines/tekton-types";
import { Client } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import type { KubeObject } from "../../plugins/kubernetes/objects";
import { readSettings } from "../../plugins/kubernetes/settings";
import { exec } from "../../sandbox/process";
import { ConsoleReporter } from "../../sandbox/progress";
import { ensureVenv } from "../../sandbox/toolchain";
import { context } from "../pipelines/context";
import { Processes } from "./processes";
import { Deployer } from "./stack";
import { make, makeNode, merge, offer, startTekton, type TektonServer, until } from "./tekton-server";

const { kubeconfig } = inject("kubernetes");
const client = new Client(connect(readSettings({ kubeconfig }, {})));
const folder = mkdtempSync(join(tmpdir(), "drone-lake-gpu-"));
const processes = new Processes(folder);
const report = new ConsoleReporter({ out: { write: () => undefined } });
const namespace = `gpu-${process.pid}`;
const [pool, other, cpu] = ["pool", "other", "cpu"].map((name) => `${namespace}-${name}`) as [string, string, string];
const lake = {
  ...context({
    gpu: { backend: "existing", nodes: [pool], gpusPerNode: 1 },
    "pipelines.detect": { cpu: 1, memoryGiB: 2, scratchGiB: 5, timeoutMinutes: 30, gpus: 1 },
    "images.tasks-gpu": "tasks-gpu:1",
    // Its stitching is tried once.
    "pipelines.engine": "odm",
  }),
  namespace,
};
vi.setConfig({ testTimeout: 120_000 });

let tekton: TektonServer;
let deployer: Deployer;
let venv: string;

const inNamespace = (kind: string) => `/api/v1/namespaces/${namespace}/${kind}`;
const tektonPath = (kind: string) => `/apis/tekton.dev/v1/namespaces/${namespace}/${kind}`;
const list = async (path: string) => (await client.request<{ items: KubeObject[] }>("GET", path)).items;
const runOf = (name: string) => client.request<KubeObject>("GET", `${tektonPath("pipelineruns")}/${name}`);
const taskRunsOf = (run: string) => list(`${tektonPath("taskruns")}?labelSelector=tekton.dev/pipelineRun=${run}`);

/** The pods of a run's task that the scheduler has found a node for, or has found none for. */
async function podsOf(run: string, task: string): Promise<KubeObject[]> {
  const labels = `tekton.dev/pipelineRun=${run},tekton.dev/pipelineTask=${task}`;
  return list(`${inNamespace("pods")}?labelSelector=${labels}`);
}

async function placed(run: string, task: string): Promise<KubeObject> {
  let found: KubeObject | undefined;
  await until(`the ${task} pod of ${run} has been scheduled`, async () => {
    [found] = await podsOf(run, task);
    return found?.status?.conditions?.some(({ type }: { type: string }) => type === "PodScheduled") ?? false;
  });
  return found!;
}

/** What the kubelet says of a pod whose steps have ended, all of them well unless it is said otherwise. */
async function finish(pod: KubeObject, how: { exitCode?: number; reason?: string; message?: string } = {}) {
  const at = new Date().toISOString();
  const terminated = { exitCode: 0, reason: "Completed", startedAt: at, finishedAt: at, ...how };
  const containerStatuses = pod.spec.containers.map(({ name, image }: { name: string; image: string }) => {
    return { name, image, imageID: image, ready: false, restartCount: 0, state: { terminated } };
  });
  const status = { phase: terminated.exitCode === 0 ? "Succeeded" : "Failed", containerStatuses };
  await merge(client, `${inNamespace("pods")}/${pod.metadata.name}/status`, { status });
}

/** A run as an event makes it. */
async function start(name: PipelineName, version: string, changes: Partial<PipelineRun["spec"]> = {}): Promise<string> {
  const values = { "ortho-key": "a", "ortho-version": version, "flight-key": "a", "flight-version": version };
  const run = pipelineRun(lake, name, values);
  await make(client, { ...run, spec: { ...run.spec, ...changes } });
  return run.metadata.name;
}

/** A kubeconfig of the queue's own account, which may do what the queue may do and no more. */
async function queueKubeconfig(): Promise<string> {
  const rbac = "rbac.authorization.k8s.io";
  const metadata = { name: QUEUE_ACCOUNT, namespace };
  await make(client, { apiVersion: "v1", kind: "ServiceAccount", metadata });
  await make(client, { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: queueRules });
  await make(client, {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: rbac, kind: "Role", name: QUEUE_ACCOUNT },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
  });
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status } = await client.request<KubeObject>(
    "POST",
    `${inNamespace("serviceaccounts")}/${QUEUE_ACCOUNT}/token`,
    { body: request },
  );
  const config = JSON.parse(readFileSync(kubeconfig, "utf8"));
  config.users[0].user.token = status.token;
  const file = join(folder, "queue.kubeconfig");
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

beforeAll(async () => {
  tekton = await startTekton(folder, kubeconfig, client, processes, report);
  await make(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await make(client, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "pipeline-run", namespace } });
  for (const object of [...tasks(lake), orthophotoPipeline(lake), detectionPipeline(lake)]) await make(client, object);
  // The scheduler likes the emptiest node best: the other one with GPUs for detections, the pool for all the rest.
  await makeNode(client, pool, { "nvidia.com/gpu": "2" });
  await makeNode(client, other, { "nvidia.com/gpu": "8", cpu: "640", memory: "2560Gi", pods: "1" });
  await makeNode(client, cpu, { cpu: "8", memory: "32Gi", pods: "1" });
  deployer = await Deployer.create(["kubernetes"]);
  const up = await deployer.up(async () => {
    const provider = new k8s.Provider("k8s", { kubeconfig, enablePatchForce: true });
    new GpuPool("gpu", { config: lake.gpu, image: "plugin:1", labels: {} }, { provider });
  });
  expect(up.failed, up.output).toBe(false);
  venv = await ensureVenv(report, ["stitch", "detect", "catalog", "serve", "sample", "dev"]);
  processes.start({
    name: "queue",
    command: join(venv, "bin", "dronelake"),
    args: ["queue"],
    env: {
      KUBECONFIG: await queueKubeconfig(),
      PIPELINES_NAMESPACE: namespace,
      GPU_QUOTA: "1",
    },
  });
}, 600_000);

afterAll(async () => {
  await deployer?.destroy();
  deployer?.remove();
  await processes.stop();
  for (const node of [pool, other, cpu]) await client.request("DELETE", `/api/v1/nodes/${node}`).catch(() => undefined);
  await client.request("DELETE", `/api/v1/namespaces/${namespace}`).catch(() => undefined);
  await tekton?.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("on a cluster with a GPU pool, a quota of one GPU, and Tekton", () => {
  let first: string;
  let second: string;

  test("a detection is let go and lands on the pool, and no other node with GPUs", async () => {
    first = await start("detection", "first");
    const pod = await placed(first, "detect");
    expect(pod.spec.nodeName).toBe(pool);
    expect(pod.spec.containers[0].resources.limits).toMatchObject({ "nvidia.com/gpu": "1" });
  });

  test("what needs no GPU never does, even where there is room on no other node", async () => {
    const runs = [await start("orthophoto", "1"), await start("orthophoto", "2"), await start("orthophoto", "3")];
    const pods = await Promise.all(runs.map((run) => placed(run, "plan")));
    const nodes = pods.map(({ spec }) => spec.nodeName);
    expect(nodes.filter(Boolean).sort()).toEqual([cpu, other]);
    const [{ message }] = pods
      .filter(({ spec }) => !spec.nodeName)
      .flatMap(({ status }) => status.conditions.filter(({ type }: { type: string }) => type === "PodScheduled"));
    expect(message).toContain("untolerated taint {nvidia.com/gpu: present}");
    await offer(client, cpu, { cpu: "8", memory: "32Gi", pods: "100" });
  });

  test("a run over the quota waits, longer than its own timeout, without having begun", async () => {
    second = await start("detection", "second", { timeouts: { pipeline: "3s" } });
    await sleep(5000);
    const { spec, status } = await runOf(second);
    expect(spec.status).toBe("PipelineRunPending");
    expect(status.conditions).toMatchObject([{ type: "Succeeded", status: "Unknown", reason: "PipelineRunPending" }]);
    expect(status).not.toHaveProperty("startTime");
    expect(await taskRunsOf(second)).toEqual([]);
  });

  test("it is let go when the run before it has ended, and its timeout begins then", async () => {
    await finish((await podsOf(first, "detect"))[0]!);
    await finish(await placed(first, "catalog-results"));
    await until("the second run has begun", async () => (await runOf(second)).status.startTime !== undefined);
    const [before, after] = [await runOf(first), await runOf(second)];
    expect(before.status.conditions).toMatchObject([{ status: "True" }]);
    expect(Date.parse(after.status.startTime)).toBeGreaterThanOrEqual(Date.parse(before.status.completionTime));
    expect(after.spec).not.toHaveProperty("status");
    await until("the second run has a task", async () => (await taskRunsOf(second)).length > 0);
  });

  test.each([
    ["was killed for want of memory", "1", { exitCode: 137, reason: "OOMKilled" }, "True"],
    ["failed for its input", "2", { exitCode: 2, reason: "Error" }, "False"],
  ])("of a stitching that %s, the reconciler finds out whether more would help", async (_, version, how, answer) => {
    const run = `orthophoto-${version}`;
    const result = { key: "size-class", value: "small", type: 1 };
    await finish(await placed(run, "plan"), { message: JSON.stringify([result]) });
    await finish(await placed(run, "stitch-small"), how);
    await finish(await placed(run, "catalog-flight"));
    await until(`${run} has failed`, async () => (await runOf(run)).status.conditions[0].status === "False");
    const ask = "from dronelake.runs import Runs; runs = Runs(sys.argv[1]); run = runs.all()[sys.argv[2]]";
    const code = `import sys; ${ask}; print(runs.lacked_memory(run.tasks['stitch-small']))`;
    const env = { KUBECONFIG: kubeconfig };
    const { stdout } = await exec(join(venv, "bin", "python"), ["-c", code, namespace, run], { env });
    expect(stdout.trim()).toBe(answer);
  });
});
