import { describe, expect, test } from "vitest";
import { ConfigError } from "../../config";
import { crossFieldProblems } from "../../config/rules";
import { environment } from "./values";

function problem(changes: Record<string, unknown>, stack = "sandbox"): string {
  try {
    environment(changes, stack);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
    throw error;
  }
  return "";
}

const pool = (nodes: number, drivesPerNode: number) => [{ name: "p0", nodes, drivesPerNode, driveSize: "1Gi" }];

describe("who signs certificates", () => {
  const ca = { certificateFile: "ca.crt", keyFile: "ca.key" };

  test("is said once: by an issuer or by a CA", () => {
    expect(problem({ tls: {} })).toMatch(/^tls.issuer: missing, and tls.ca too;/);
    expect(problem({ tls: { issuer: { name: "i" }, ca } })).toMatch(/^tls.ca: found beside tls.issuer;/);
    expect(problem({ tls: { issuer: { name: "i" } } })).toBe("");
    expect(problem({ tls: { ca } })).toBe("");
  });

  test("is a CA where cert-manager is installed for the lake alone", () => {
    expect(problem({ tls: { installCertManager: true, issuer: { name: "i" } } })).toMatch(/^tls.installCertManager: /);
  });
});

test("what nobody can remove is refused where everything can be destroyed", () => {
  expect(problem({ buckets: { "drone-raw": { retainDays: 1 } } })).toMatch(/^buckets.drone-raw.retainDays: /);
  expect(problem({ buckets: { "drone-raw": { retainDays: 1 } } }, "prod")).toBe("");
});

test("a generation of keys is there once", () => {
  expect(problem({ "objectStore.pipelineKeys": ["1", "1"] })).toMatch(
    /^objectStore.pipelineKeys: generation "1" is there more/,
  );
});

describe("drives", () => {
  test("three drives are refused in plain words", () => {
    expect(problem({ "objectStore.pools": pool(3, 1) })).toBe(
      "objectStore.pools.0: pool p0 has 3 drives (3 nodes x 1); a distributed store needs at least 4, because with fewer " +
        "no drive can be lost without stopping writes: use 4 nodes, or mode standalone with one drive",
    );
  });

  test("seventeen nodes cannot be spread", () => {
    expect(problem({ "objectStore.pools": pool(17, 1) })).toMatch(/cannot be spread evenly/);
  });

  test("parity is at most half a set and at least one", () => {
    expect(problem({ "objectStore.parity": 3 })).toMatch(/^objectStore.parity: found 3; .*parity may be 1 to 2$/);
    expect(problem({ "objectStore.parity": 0 })).toMatch(/parity may be 1 to 2$/);
  });

  test("a parity with which one lost node would stop writes is refused", () => {
    expect(problem({ "objectStore.pools": pool(4, 2), "objectStore.parity": 1 })).toMatch(
      /2 of each set on one node, so losing one node would stop writes/,
    );
    expect(problem({ "objectStore.pools": pool(4, 2), "objectStore.parity": 4 })).toBe("");
  });

  test("standalone is one drive without parity", () => {
    const standalone = { "objectStore.mode": "standalone", "objectStore.parity": 0 };
    expect(problem({ ...standalone, "objectStore.pools": pool(1, 1) })).toBe("");
    expect(problem({ ...standalone, "objectStore.pools": pool(1, 2) })).toMatch(/found 2 drives in 1 pool/);
    expect(problem({ ...standalone, "objectStore.pools": pool(1, 1), "objectStore.parity": 1 })).toMatch(/needs 0/);
  });

  test("a pool's name is used once", () => {
    expect(problem({ "objectStore.pools": [...pool(4, 1), ...pool(4, 1)] })).toMatch(
      /pool "p0" is there more than once/,
    );
  });
});

describe("database", () => {
  test("the roles' connections fit the server's", () => {
    expect(problem({ "database.maxConnections": 50 })).toBe(
      "database.connections: the roles may hold 81 connections with 6 kept for administration, but maxConnections is 50",
    );
  });

  test("shared buffers leave half of the memory", () => {
    expect(problem({ "database.sharedBuffers": "512Mi" })).toMatch(/at most half of the pod's memory \(768Mi\)/);
  });
});

describe("size classes", () => {
  const sizeClass = (name: string, photos: number, more = {}) => ({
    ...{ name, photos, cpu: 1, memoryGiB: 4, scratchGiB: 10, timeoutMinutes: 30 },
    ...more,
  });

  test("go from small to large, in photos and in time", () => {
    const classes = [sizeClass("a", 100), sizeClass("b", 100, { timeoutMinutes: 10 })];
    expect(problem({ "pipelines.sizeClasses": classes })).toBe(
      "pipelines.sizeClasses.1.photos: found 100; classes go from small to large, so more than 100 (class a) is allowed\n" +
        "pipelines.sizeClasses.1.timeoutMinutes: found 10; a larger class needs at least the 30 minutes of class a",
    );
  });

  test("fit what the largest node leaves to pods, with all steps of a pod together", () => {
    const on = (cpu: number, memoryGiB: number, engine: string) =>
      problem({
        ...{ "cluster.largestNode": { cpu: 9, memoryGiB: 20 }, "pipelines.engine": engine },
        "pipelines.sizeClasses": [sizeClass("a", 100, { cpu, memoryGiB })],
      });
    expect(on(8, 16, "sfm")).toBe("");
    expect(on(7, 15, "odm")).toBe("");
    expect(on(8, 16, "odm")).toBe(
      "pipelines.sizeClasses.0.cpu: found 8; the pod requests 8.1 in all, and the largest node has 8 for pods (cluster.largestNode.cpu is 9)\n" +
        "pipelines.sizeClasses.0.memoryGiB: found 16; the pod requests 17 in all, and the largest node has 16 for pods (cluster.largestNode.memoryGiB is 20)",
    );
  });

  test("leave room for the detection, unless it runs on nodes of the GPU pool", () => {
    const changes = { "cluster.largestNode": { cpu: 9, memoryGiB: 20 }, "pipelines.detect": { cpu: 9 } };
    expect(problem(changes)).toMatch(/^pipelines.detect.cpu: found 9; .* has 8 for pods/);
    const gpus = { gpu: { backend: "existing", nodes: ["n"] }, "pipelines.detect": { cpu: 9, gpus: 1 } };
    expect(problem({ ...changes, ...gpus })).toBe("");
  });
});

describe("GPUs", () => {
  test("are asked for only where there is a pool with enough on a node", () => {
    expect(problem({ "pipelines.detect": { gpus: 1 } })).toMatch(/there is no GPU pool/);
    const existing = { gpu: { backend: "existing", nodes: ["n"], gpusPerNode: 2 } };
    expect(problem({ ...existing, "pipelines.detect": { gpus: 2 } })).toBe("");
    expect(problem({ ...existing, "pipelines.detect": { gpus: 3 } })).toMatch(/a node of the pool has 2/);
  });

  test("each backend says what it needs", () => {
    expect(problem({ gpu: { backend: "existing" } })).toMatch(/^gpu.nodes: found none/);
    expect(problem({ gpu: { backend: "karpenter" } })).toMatch(
      /gpu.instanceTypes: found none.*\ngpu.nodeClass: missing/,
    );
  });
});

test("an image without an official build must be given", () => {
  expect(problem({ "images.tasks": undefined })).toBe(
    "images.tasks: missing; build images/tasks and give its reference here",
  );
});

test("an accepted environment has no problems", () => {
  expect(crossFieldProblems(environment({}, "prod"))).toEqual([]);
});
