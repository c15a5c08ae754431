import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gpuQuota, gpusOfNode, gpusOfPool } from "../../config/gpus";
import { ConfigError, checkEnvironment } from "../../config/load";
import { gpuRule } from "../../config/rules/gpu";
import { gpuSchema } from "../../config/schema-gpu";
import { environment, values } from "./values";

const machines = {
  ...{ cluster: "lake", namespace: "clusters", version: "v1.34.1", cpu: 16, memoryGiB: 64 },
  bootstrap: { name: "gpu" },
  infrastructure: { kind: "OpenStackMachineTemplate", name: "gpu" },
};
const existing = { backend: "existing", nodes: ["n"] };
const shared = { ...existing, devicePlugin: "plugin", sharing: { mode: "time-slicing", replicas: 4 } };

function problem(gpu: object, gpus = 0, images: object = { "images.tasks-gpu": "tasks-gpu:1" }): string {
  try {
    checkEnvironment(values({ gpu, "pipelines.detect": { gpus }, ...images }), "test");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
  }
  return "";
}

test("GPUs are asked for only where there is a pool with enough on a node, and an image that can use them", () => {
  expect(problem({}, 1)).toMatch(/^pipelines.detect.gpus: found 1; there is no GPU pool/);
  const two = { ...existing, gpusPerNode: 2 };
  expect(problem(two, 2)).toBe("");
  expect(problem(two, 3)).toMatch(/^pipelines.detect.gpus: found 3; a node of the pool has 2/);
  expect(problem(two, 1, {})).toBe(
    "images.tasks-gpu: missing; a detection with GPUs needs images/tasks built with ACCELERATOR=gpu; give its reference here",
  );
});

test("each backend says what it needs", () => {
  expect(problem({ backend: "existing" })).toMatch(/^gpu.nodes: found none/);
  expect(problem({ backend: "karpenter" })).toMatch(/gpu.instanceTypes: found none.*\ngpu.nodeClass: missing/);
  expect(problem({ backend: "cluster-api" })).toMatch(/^gpu.machines: missing/);
  expect(problem({ ...existing, machines })).toMatch(/^gpu.machines: is for backend cluster-api alone/);
});

describe("a shared GPU", () => {
  test("needs the device plugin, which shares it", () => {
    expect(problem({ ...shared, devicePlugin: "none" })).toMatch(
      /^gpu.sharing: found mode time-slicing; .* plugin or operator/,
    );
    expect(problem(shared, 1)).toBe("");
  });

  test("counts as often as it is shared, but more of its slices are no more of it", () => {
    expect(problem(shared, 2)).toMatch(/^pipelines.detect.gpus: found 2; several shares/);
    const parts = { ...existing, devicePlugin: "plugin", sharing: { mode: "mig", profile: "1g.10gb", partsPerGpu: 7 } };
    expect(problem(parts, 7)).toBe("");
    expect(problem(parts, 8)).toMatch(/a node of the pool has 7 \(gpu.gpusPerNode times gpu.sharing\)/);
  });
});

test("production names the device plugin that it brings by digest", () => {
  const gpu = { ...existing, devicePlugin: "plugin" };
  const refused = (changes: object) => {
    try {
      checkEnvironment(values({ gpu, ...changes }, "prod"), "test");
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  expect(refused({})).toMatch(/images\.nvidia-device-plugin: found "nvcr\.io\/.*"; production .*@sha256:/);
  expect(refused({ gpu: { ...gpu, devicePlugin: "operator" } })).toBe("");
  const digest = `@sha256:${"5".repeat(64)}`;
  expect(refused({ "images.nvidia-device-plugin": `registry.example.org/device-plugin:1${digest}` })).toBe("");
});

test("the queue's quota lets a detection run, and promises no GPU that is not there", () => {
  const two = { backend: "existing", nodes: ["a", "b"], gpusPerNode: 2 };
  expect(problem({ ...two, queue: { quota: 4 } }, 2)).toBe("");
  expect(problem({ ...two, queue: { quota: 1 } }, 2)).toMatch(/^gpu.queue.quota: found 1; a detection needs 2/);
  expect(problem({ ...two, queue: { quota: 5 } }, 2)).toMatch(/the pool has at most 4/);
  expect(problem({ ...two, queue: { backend: "none", quota: 5 } }, 2)).toBe("");
});

test("whatever is accepted can run at least one detection, on one node and within the quota", () => {
  const count = fc.integer({ min: 1, max: 4 });
  const sharing = fc.oneof(
    fc.constant({ mode: "none" }),
    fc.record({ mode: fc.constant("time-slicing"), replicas: fc.integer({ min: 2, max: 5 }) }),
    fc.record({
      mode: fc.constant("mig"),
      profile: fc.constant("1g.10gb"),
      partsPerGpu: fc.integer({ min: 1, max: 7 }),
    }),
  );
  const pool = fc.record({
    backend: fc.constant("existing"),
    nodes: fc.constantFrom(["a"], ["a", "b"], ["a", "b", "c"]),
    gpusPerNode: count,
    devicePlugin: fc.constantFrom("none", "plugin", "operator"),
    sharing,
    queue: fc.oneof(fc.constant({}), fc.record({ quota: fc.integer({ min: 1, max: 12 }) })),
  });
  const base = environment({ "images.tasks-gpu": "tasks-gpu:1" });
  let accepted = 0;
  fc.assert(
    fc.property(pool, count, (given, gpus) => {
      const gpu = gpuSchema.parse(given);
      const pipelines = { ...base.pipelines, detect: { ...base.pipelines.detect, gpus } };
      if (gpuRule.problems({ ...base, gpu, pipelines }).length > 0) return;
      accepted++;
      expect(gpus).toBeLessThanOrEqual(gpusOfNode(gpu));
      expect(gpus).toBeLessThanOrEqual(gpuQuota(gpu));
      expect(gpuQuota(gpu)).toBeLessThanOrEqual(gpusOfPool(gpu));
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(50);
});
