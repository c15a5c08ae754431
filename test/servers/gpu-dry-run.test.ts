import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { GpuPool } from "../../components/gpu-pool";
import { kueueObjects } from "../../components/kueue";
import type { KubeObject } from "../../plugins/kubernetes/objects";
import { record } from "../components/recorder";
import { environment } from "../config/values";
import { context } from "../pipelines/context";
import { DryRun } from "./dry-run";
import { objectsOf } from "./manifests";

const machines = {
  ...{ cluster: "lake", namespace: "default", version: "v1.34.1", cpu: 16, memoryGiB: 64, propagateTaints: true },
  bootstrap: { name: "gpu" },
  infrastructure: { kind: "OpenStackMachineTemplate", name: "gpu" },
};
const nodeClass = { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "gpu" };
const mig = { mode: "mig", profile: "1g.10gb", partsPerGpu: 7 };

/** Pools that no environment of the repository has, by the name that each is declared under. */
const pools: Record<string, object> = {
  machines: { backend: "cluster-api", machines },
  karpenter: { backend: "karpenter", instanceTypes: ["g5.4xlarge"], nodeClass },
  plugin: { backend: "cluster-api", machines, devicePlugin: "plugin", runtimeClass: "nvidia", sharing: mig },
};

let dryRun: DryRun;
beforeAll(() => {
  dryRun = new DryRun(inject("kubernetes").kubeconfig);
});
afterAll(() => dryRun.remove());

test("the API server takes every kind of pool, by the definitions of Cluster API and Karpenter", async () => {
  const recorded = await record(() => {
    for (const [name, gpu] of Object.entries(pools)) {
      new GpuPool(name, { config: environment({ gpu }).gpu, image: "plugin:1", labels: {} });
    }
  });
  const objects = objectsOf(recorded);
  const kinds = new Set(objects.map(({ kind }) => kind));
  expect([...kinds]).toEqual(
    expect.arrayContaining(["MachineDeployment", "NodePool", "DaemonSet", "RuntimeClass", "ConfigMap", "Namespace"]),
  );
  expect(await dryRun.judge(objects)).toEqual({ judged: objects.length, rejected: [], warnings: [], unknown: [] });
});

test("the API server takes Kueue's queue, by Kueue's own definitions", async () => {
  const gpu = { backend: "existing", nodes: ["a"], queue: { backend: "kueue" } };
  const lake = context({ gpu, "pipelines.detect.gpus": 1, "images.tasks-gpu": "tasks-gpu:1" });
  const objects = kueueObjects({ ...lake, namespace: "default" }) as KubeObject[];
  expect(await dryRun.judge(objects)).toEqual({ judged: 3, rejected: [], warnings: [], unknown: [] });
});
