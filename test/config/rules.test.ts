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

const pool = (nodes: number, drivesPerNode: number) => [{ name: "p0", nodes, drivesPerNode, driveSize: "16Gi" }];

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

test("the key that encrypts objects is in one place", () => {
  const kes = { endpoint: "https://kes.example.org:7373", certificateSecret: "kes" };
  const encryption = (where: object) => problem({ "objectStore.encryption": { key: "lake", ...where } });
  expect(encryption({})).toMatch(/^objectStore.encryption.keySecret: missing, and encryption.kes too/);
  expect(encryption({ kes, keySecret: "key" })).toMatch(
    /^objectStore.encryption.keySecret: found beside encryption.kes/,
  );
  expect(encryption({ kes })).toBe("");
  expect(encryption({ keySecret: "key" })).toBe("");
});

test("a generation of keys is there once", () => {
  expect(problem({ "objectStore.rootKeys": ["1", "1"] })).toMatch(
    /^objectStore.rootKeys: generation "1" is there more/,
  );
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

  test("two nodes are refused whatever the parity: each holds half of every set", () => {
    expect(problem({ "objectStore.pools": pool(2, 4), "objectStore.parity": 4 })).toMatch(
      /^objectStore.pools.0: .*with any parity losing one node would stop writes/,
    );
  });

  test("hold what the environment asks for once parity is taken off", () => {
    // 4 drives of 16 GiB, half of them parity.
    const small = { "objectStore.pools": pool(4, 1) };
    expect(problem({ ...small, "objectStore.minUsable": "32Gi" })).toBe("");
    expect(problem({ ...small, "objectStore.minUsable": "33Gi" })).toBe(
      "objectStore.pools: they hold 32Gi after parity, and objectStore.minUsable asks for 33Gi: use more or larger drives, or ask for less",
    );
  });

  test("a volume of undelivered events has room for as many as are let in", () => {
    expect(problem({ "objectStore.eventQueue": { size: "64Mi", limit: 20_000 } })).toBe(
      "objectStore.eventQueue.limit: found 20000; so many events take 78.12Mi, and the volume has 64Mi (objectStore.eventQueue.size)",
    );
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
      "database.connections: the roles may hold 90 connections, and 6 are kept (3 for the superuser, 3 for administration), but maxConnections is 50",
    );
  });

  test("every pod of the catalogue, and the one that takes another's place, has three connections", () => {
    const changes = { "catalogue.replicas": 3, "database.connections": { catalogue_reader: 12 } };
    expect(problem(changes)).toBe("");
    expect(problem({ ...changes, "database.connections": { catalogue_reader: 11 } })).toMatch(
      /^database.connections.catalogue_reader: found 11; the catalogue's 3 pods, .* need at least 12$/,
    );
  });

  test("every detection that the GPU pool runs at once has a connection", () => {
    const gpu = { backend: "existing", nodes: ["a", "b", "c"], gpusPerNode: 8 };
    const changes = { gpu, "pipelines.detect": { gpus: 1 }, "images.tasks-gpu": "tasks-gpu:1" };
    expect(problem({ ...changes, "database.connections": { pipeline_detect: 24 } })).toBe("");
    expect(problem({ ...changes, "database.connections": { pipeline_detect: 23 } })).toBe(
      "database.connections.pipeline_detect: found 23; the GPU pool runs 24 detections at once, with 1 connection each",
    );
  });

  test("the volume has room for the write-ahead log", () => {
    expect(problem({ "database.storage": "1Gi" })).toMatch(/^database.storage: found 1Gi; at least 2Gi is allowed/);
  });

  test("shared buffers leave half of the memory", () => {
    expect(problem({ "database.sharedBuffers": "512Mi" })).toMatch(/at most half of the pod's memory \(768Mi\)/);
  });
});

describe("a database by CloudNativePG", () => {
  const path = "database.cloudNativePg";

  test("needs a bucket for its archive, outside of the lake and by https", () => {
    expect(problem({ "database.backend": "cloudnative-pg" })).toBe(
      "database.backup.bucket: missing; backend cloudnative-pg archives to a bucket outside of this lake",
    );
    expect(problem({ "database.backup.bucket.endpoint": "http://10.0.0.1:9000" }, "prod")).toMatch(
      /found "http:\/\/10.0.0.1:9000"; an https URL without a path/,
    );
  });

  test("gives every cluster a name that no archive has", () => {
    const recovered = (name: string) => [{ name: "lake-1" }, { name, recoverFrom: { cluster: "lake-1" } }];
    expect(problem({ [`${path}.clusters`]: recovered("lake-2") }, "prod")).toBe("");
    expect(problem({ [`${path}.clusters`]: recovered("lake-1") }, "prod")).toMatch(
      /cluster "lake-1" is there more than once.*\n.*clusters.1.name: found "lake-1", which is also what it recovers from/,
    );
    expect(problem({ [`${path}.clusters`]: [] }, "prod")).toMatch(/at least 1 item is allowed/);
  });

  test("has at least three servers, and no more poolers than a role has connections", () => {
    expect(problem({ [`${path}.instances`]: 2 }, "prod")).toMatch(/found 2; at least 3 is allowed/);
    expect(problem({ [`${path}.poolerInstances`]: 21 }, "prod")).toMatch(
      /poolerInstances: found 21; .* allows one of them 20/,
    );
  });

  test("recovers to a moment that is told with its zone", () => {
    const to = (targetTime: string) => [{ name: "lake-2", recoverFrom: { cluster: "lake-1", targetTime } }];
    expect(problem({ [`${path}.clusters`]: to("2026-05-01T12:00:00+02:00") }, "prod")).toBe("");
    expect(problem({ [`${path}.clusters`]: to("2026-05-01 12:00") }, "prod")).toMatch(
      /targetTime: found "2026-05-01 12:00"/,
    );
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

  test("ask for no less than a smaller one, and hold their photos", () => {
    const classes = [sizeClass("a", 100, { cpu: 4 }), sizeClass("b", 1000, { cpu: 2, memoryGiB: 3, scratchGiB: 19 })];
    expect(problem({ "pipelines.sizeClasses": classes })).toBe(
      "pipelines.sizeClasses.1.cpu: found 2; a larger class needs at least the 4 of class a\n" +
        "pipelines.sizeClasses.1.memoryGiB: found 3; a larger class needs at least the 4 of class a\n" +
        "pipelines.sizeClasses.1.scratchGiB: found 19; 1000 photos alone take 20, at 10 MB each and twice while they are prepared",
    );
  });

  test("leave the reconciler the time to close a flight of the largest one", () => {
    const changes = { "pipelines.sizeClasses": [sizeClass("a", 1201, { scratchGiB: 30 })] };
    expect(problem({ ...changes, "pipelines.reconcile.timeoutMinutes": 11 })).toBe("");
    expect(problem({ ...changes, "pipelines.reconcile.timeoutMinutes": 10 })).toBe(
      "pipelines.reconcile.timeoutMinutes: found 10; closing a flight of the largest class, 1201 photos, takes 11 at 120 photos a minute",
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
    const gpus = {
      gpu: { backend: "existing", nodes: ["n"] },
      "pipelines.detect": { cpu: 9, gpus: 1 },
      "images.tasks-gpu": "tasks-gpu:1",
    };
    expect(problem({ ...changes, ...gpus })).toBe("");
  });
});

describe("a GPU pool", () => {
  test("names a node once, and has nothing that only another backend reads", () => {
    expect(problem({ gpu: { backend: "existing", nodes: ["n", "n"], instanceTypes: ["g5.xlarge"] } })).toBe(
      "gpu.instanceTypes: is for backend karpenter alone, and gpu.backend is existing: leave it out, or set the backend\n" +
        'gpu.nodes: node "n" is there more than once; each name may be used once',
    );
    expect(problem({ gpu: { nodes: ["n"] } })).toMatch(/^gpu.nodes: is for backend existing alone/);
  });
});

test("notebooks need their image, and only where they are enabled", () => {
  expect(problem({ notebooks: { enabled: true } })).toMatch(/^images.notebooks: missing; build images\/notebooks/);
  expect(problem({ notebooks: { enabled: true }, "images.notebooks": "notebooks:1" })).toBe("");
  expect(problem({})).toBe("");
});

describe("addresses", () => {
  test("a port of the nodes has one Service", () => {
    expect(problem({ "database.exposure.port": 30900 })).toMatch(
      /^database.exposure.port: found 30900; the object store/,
    );
  });

  test("the catalogue's is not that of another server either", () => {
    expect(problem({ "catalogue.exposure.port": 30432 })).toMatch(
      /^catalogue.exposure.port: found 30432; the database has that port of the nodes already \(database.exposure.port\)/,
    );
    expect(problem({ "endpoints.catalogue": "10.213.0.2:30900" })).toMatch(
      /^endpoints.catalogue: found 10.213.0.2:30900; the object store answers there/,
    );
  });

  test("the catalogue has one where it is exposed, as its certificate must name it", () => {
    expect(problem({ "endpoints.catalogue": undefined })).toMatch(/^endpoints.catalogue: missing; .*is NodePort/);
    expect(problem({ "endpoints.catalogue": undefined, "catalogue.exposure": { type: "ClusterIP" } })).toBe("");
  });

  test("the MCP server's is its own, and there is one where it is exposed", () => {
    expect(problem({ "mcp.exposure.port": 30843 })).toMatch(
      /^mcp.exposure.port: found 30843; the catalogue has that port/,
    );
    expect(problem({ "endpoints.mcp": "10.213.0.2:30843" })).toMatch(/^endpoints.mcp: found .*; the catalogue answers/);
    expect(problem({ "endpoints.mcp": undefined })).toMatch(/^endpoints.mcp: missing; .*is NodePort/);
    expect(problem({ "endpoints.mcp": undefined, "mcp.exposure": { type: "ClusterIP" } })).toBe("");
  });

  test("the two servers have one each", () => {
    const endpoints = {
      "endpoints.minio": "lake.example.org:443",
      "endpoints.postgres": { host: "LAKE.example.org", port: 443 },
    };
    expect(problem(endpoints)).toMatch(
      /^endpoints.postgres: found LAKE.example.org:443; the object store answers there/,
    );
  });

  test("a CA certificate is checked by something", () => {
    const unchecked = { "endpoints.postgres.caFile": "ca.pem", "endpoints.postgres.sslmode": "require" };
    expect(problem(unchecked)).toMatch(/^endpoints.postgres.caFile: found "ca.pem"; sslmode require checks nothing/);
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
