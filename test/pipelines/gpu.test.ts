import { describe, expect, test } from "vitest";
import { kueueObjects } from "../../components/kueue";
import { detectionPipeline } from "../../pipelines/pipelines";
import { gpuQueue, queueRules } from "../../pipelines/queue";
import { pipelineRun } from "../../pipelines/runs";
import { detectTask, tasks } from "../../pipelines/tasks";
import { context } from "./context";

const withGpus = (gpu: object = {}, gpus = 1) =>
  context({
    gpu: { backend: "existing", nodes: ["a", "b"], gpusPerNode: 2, ...gpu },
    "pipelines.detect.gpus": gpus,
    "images.tasks-gpu": "tasks-gpu:1",
  });
const step = (lake: ReturnType<typeof context>) => detectTask(lake).spec.steps[0]!;

describe("the detection", () => {
  test("asks for GPUs where there is a pool, in the image that can use them, and accepts no CPU instead", () => {
    const { image, computeResources, env } = step(withGpus({}, 2));
    expect(image).toBe("tasks-gpu:1");
    expect(computeResources).toMatchObject({
      requests: { "nvidia.com/gpu": "2" },
      limits: { "nvidia.com/gpu": "2" },
    });
    expect(env).toContainEqual({ name: "DETECT_DEVICE", value: "cuda" });
  });

  test("asks for none where there is no pool", () => {
    const { image, computeResources, env } = step(context());
    expect(image).toBe("tasks:1");
    expect(JSON.stringify(computeResources)).not.toContain("nvidia.com/gpu");
    expect(env.map(({ name }) => name)).not.toContain("DETECT_DEVICE");
  });

  test("alone gets onto the pool, with its RuntimeClass", () => {
    const lake = withGpus({ runtimeClass: "nvidia" });
    expect(pipelineRun(lake, "detection", {}).spec.taskRunSpecs).toMatchObject([
      {
        pipelineTaskName: "detect",
        podTemplate: {
          nodeSelector: { "drone-lake/gpu-pool": "true" },
          tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
          runtimeClassName: "nvidia",
          automountServiceAccountToken: false,
        },
      },
    ]);
    const names = detectionPipeline(lake).spec.tasks.map(({ name }) => name);
    expect(names).toEqual(["detect", "catalog-results"]);
    for (const task of tasks(lake).filter(({ metadata }) => metadata.name !== "detect")) {
      expect(JSON.stringify(task), task.metadata.name).not.toContain("gpu");
    }
    expect(JSON.stringify(pipelineRun(lake, "orthophoto", {}))).not.toContain("gpu");
  });

  test("is not ended in the middle by what scales the pool", () => {
    const annotations = (gpu: object) => detectTask(withGpus(gpu)).metadata.annotations;
    expect(annotations({})).toBeUndefined();
    const nodeClass = { group: "g", kind: "k", name: "n" };
    expect(annotations({ backend: "karpenter", nodes: [], instanceTypes: ["t"], maxNodes: 2, nodeClass })).toEqual({
      "karpenter.sh/do-not-disrupt": "true",
    });
  });
});

describe("a detection that needs GPUs", () => {
  test("begins as pending, and says how many", () => {
    const { metadata, spec } = pipelineRun(withGpus({}, 2), "detection", {});
    expect(spec.status).toBe("PipelineRunPending");
    expect(metadata.labels).toEqual({ "drone-lake/pipeline": "detection", "drone-lake/gpus": "2" });
  });

  test("waits for Kueue where the config says so, of which each run counts as one", () => {
    const lake = withGpus({ queue: { backend: "kueue", quota: 3 } }, 2);
    const { metadata, spec } = pipelineRun(lake, "detection", {});
    expect(spec.status).toBe("PipelineRunPending");
    expect(metadata.labels).toMatchObject({ "kueue.x-k8s.io/queue-name": "gpu" });
    const [flavor, cluster, local] = kueueObjects(lake);
    expect(flavor!.spec).toEqual({ nodeLabels: { "drone-lake/gpu-pool": "true" } });
    expect(cluster!.spec).toMatchObject({
      queueingStrategy: "StrictFIFO",
      resourceGroups: [
        {
          coveredResources: ["tekton.dev/pipelineruns"],
          flavors: [{ name: flavor!.metadata.name, resources: [{ name: "tekton.dev/pipelineruns", nominalQuota: 1 }] }],
        },
      ],
    });
    expect(local).toMatchObject({
      metadata: { name: "gpu", namespace: "drone-pipelines" },
      spec: { clusterQueue: cluster!.metadata.name },
    });
  });

  test("starts at once without a queue, as does everything that needs none", () => {
    const unqueued = [
      pipelineRun(withGpus({ queue: { backend: "none" } }), "detection", {}),
      pipelineRun(withGpus(), "orthophoto", {}),
      pipelineRun(withGpus({}, 0), "detection", {}),
      pipelineRun(context(), "detection", {}),
    ];
    for (const { metadata, spec } of unqueued) {
      expect(spec).not.toHaveProperty("status");
      expect(Object.keys(metadata.labels!)).toEqual(["drone-lake/pipeline"]);
    }
  });
});

test("the queue knows its quota, and may change runs but make and remove none", () => {
  const quota = (gpu: object) => gpuQueue(withGpus(gpu)).spec.template.spec.containers[0]!.env;
  expect(quota({})).toContainEqual({ name: "GPU_QUOTA", value: "4" });
  expect(quota({ queue: { quota: 3 } })).toContainEqual({ name: "GPU_QUOTA", value: "3" });
  expect(queueRules).toEqual([
    { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["get", "list", "watch", "patch"] },
  ]);
});
