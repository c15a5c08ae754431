import { erasureLayout, nodesToSpare } from "./erasure";
import { allocatable, type Compute, stitchRequests } from "./pods";
import type { Environment } from "./schema";
import { bytesOf } from "./values";

/** One thing that is wrong with an environment's config. */
export interface Problem {
  /** Dotted path, such as `objectStore.pools.0.nodes`. */
  path: string;
  /** What was found and what is allowed, in plain words. */
  message: string;
}

/** What must hold between the keys of one environment; each key on its own is the schema's business. */
export function crossFieldProblems(environment: Environment): Problem[] {
  return [
    ...tlsProblems(environment),
    ...storeProblems(environment),
    ...bucketProblems(environment),
    ...databaseProblems(environment),
    ...sizeClassProblems(environment),
    ...gpuProblems(environment),
    ...imageProblems(environment),
  ];
}

function tlsProblems({ tls }: Environment): Problem[] {
  if (tls.issuer && tls.ca) {
    return [
      { path: "tls.ca", message: "found beside tls.issuer; one of the two signs the certificates: leave one out" },
    ];
  }
  if (tls.issuer && tls.installCertManager) {
    const message =
      "found true; what is installed for the lake alone signs with tls.ca, and tls.issuer is of a cert-manager that the cluster has";
    return [{ path: "tls.installCertManager", message }];
  }
  if (tls.issuer || tls.ca) return [];
  const message = "missing, and tls.ca too; one of the two must say who signs the servers' certificates";
  return [{ path: "tls.issuer", message }];
}

function storeProblems({ objectStore }: Environment): Problem[] {
  const { mode, pools, parity } = objectStore;
  const at = (rest: string) => `objectStore.${rest}`;
  const problems: Problem[] = duplicates(
    pools.map((pool) => pool.name),
    at("pools"),
    "pool",
  );
  problems.push(...duplicates(objectStore.pipelineKeys, at("pipelineKeys"), "generation"));
  if (mode === "standalone") {
    const drives = pools.reduce((sum, pool) => sum + pool.nodes * pool.drivesPerNode, 0);
    if (pools.length !== 1 || drives !== 1) {
      problems.push({
        path: at("pools"),
        message: `found ${drives} drives in ${pools.length} pool(s); standalone mode is one pool of one node with one drive`,
      });
    }
    if (parity !== 0) {
      problems.push({
        path: at("parity"),
        message: `found ${parity}; one drive has no parity, so standalone mode needs 0`,
      });
    }
    return problems;
  }
  for (const [i, pool] of pools.entries()) problems.push(...poolProblems(pool, parity, at(`pools.${i}`), at("parity")));
  return problems;
}

function poolProblems(
  pool: { name: string; nodes: number; drivesPerNode: number },
  parity: number,
  path: string,
  parityPath: string,
): Problem[] {
  const drives = pool.nodes * pool.drivesPerNode;
  const found = `pool ${pool.name} has ${drives} drives (${pool.nodes} nodes x ${pool.drivesPerNode})`;
  if (drives < 4) {
    return [
      {
        path,
        message: `${found}; a distributed store needs at least 4, because with fewer no drive can be lost without stopping writes: use 4 nodes, or mode standalone with one drive`,
      },
    ];
  }
  const layout = erasureLayout(pool);
  if (!layout || layout.setSize < 4) {
    return [
      {
        path,
        message: `${found}; they cannot be spread evenly over erasure sets of 4 to 16 drives: use 4, 6, 8 or 16 nodes`,
      },
    ];
  }
  const most = Math.floor(layout.setSize / 2);
  if (parity < 1 || parity > most) {
    return [
      {
        path: parityPath,
        message: `found ${parity}; ${found}, so its erasure sets have ${layout.setSize} drives and parity may be 1 to ${most}`,
      },
    ];
  }
  if (nodesToSpare(pool, parity) < 1) {
    return [
      {
        path: parityPath,
        message: `found ${parity}; ${found}, ${layout.drivesPerSetOnNode} of each set on one node, so losing one node would stop writes: raise parity (at most ${most}) or use more nodes`,
      },
    ];
  }
  return [];
}

function bucketProblems({ buckets, protect }: Environment): Problem[] {
  return Object.entries(buckets)
    .filter(([, { retainDays }]) => retainDays !== undefined && !protect)
    .map(([bucket]) => ({
      path: `buckets.${bucket}.retainDays`,
      message:
        "found with protect false; what nobody can remove stands in the way of a destroy: leave one of the two out",
    }));
}

/** Connections that PostgreSQL keeps for its superuser and that Pulumi's provider uses. */
const RESERVED_CONNECTIONS = 6;

function databaseProblems({ database }: Environment): Problem[] {
  const problems: Problem[] = [];
  const wanted = Object.values(database.connections).reduce((sum, count) => sum + count, RESERVED_CONNECTIONS);
  if (wanted > database.maxConnections) {
    problems.push({
      path: "database.connections",
      message: `the roles may hold ${wanted} connections with ${RESERVED_CONNECTIONS} kept for administration, but maxConnections is ${database.maxConnections}`,
    });
  }
  if (bytesOf(database.sharedBuffers) * 2 > bytesOf(database.resources.memory)) {
    problems.push({
      path: "database.sharedBuffers",
      message: `found ${database.sharedBuffers}; at most half of the pod's memory (${database.resources.memory}) is allowed`,
    });
  }
  return problems;
}

function sizeClassProblems({ pipelines, cluster }: Environment): Problem[] {
  const classes = pipelines.sizeClasses;
  const problems = duplicates(
    classes.map((sizeClass) => sizeClass.name),
    "pipelines.sizeClasses",
    "size class",
  );
  for (const [i, sizeClass] of classes.entries()) {
    const path = `pipelines.sizeClasses.${i}`;
    const previous = classes[i - 1];
    if (previous && sizeClass.photos <= previous.photos) {
      problems.push({
        path: `${path}.photos`,
        message: `found ${sizeClass.photos}; classes go from small to large, so more than ${previous.photos} (class ${previous.name}) is allowed`,
      });
    }
    if (previous && sizeClass.timeoutMinutes < previous.timeoutMinutes) {
      problems.push({
        path: `${path}.timeoutMinutes`,
        message: `found ${sizeClass.timeoutMinutes}; a larger class needs at least the ${previous.timeoutMinutes} minutes of class ${previous.name}`,
      });
    }
    problems.push(...nodeProblems(path, sizeClass, stitchRequests(pipelines, sizeClass), cluster.largestNode));
  }
  // With GPUs the detection runs on a node of the GPU pool, whose size the config does not know.
  if (pipelines.detect.gpus === 0) {
    problems.push(...nodeProblems("pipelines.detect", pipelines.detect, pipelines.detect, cluster.largestNode));
  }
  return problems;
}

/** What keeps a pod of some requests off the largest node for ever. */
function nodeProblems(path: string, found: Compute, requests: Compute, node: Compute | undefined): Problem[] {
  if (!node) return [];
  const room = allocatable(node);
  return (["cpu", "memoryGiB"] as const)
    .filter((key) => requests[key] > room[key])
    .map((key) => ({
      path: `${path}.${key}`,
      message: `found ${found[key]}; the pod requests ${requests[key]} in all, and the largest node has ${room[key]} for pods (cluster.largestNode.${key} is ${node[key]})`,
    }));
}

function gpuProblems({ gpu, pipelines }: Environment): Problem[] {
  const problems: Problem[] = [];
  const wanted = pipelines.detect.gpus;
  const path = "pipelines.detect.gpus";
  if (wanted > 0 && gpu.backend === "none") {
    problems.push({
      path,
      message: `found ${wanted}; there is no GPU pool (gpu.backend is none), so only 0 is allowed`,
    });
  }
  if (gpu.backend !== "none" && wanted > gpu.gpusPerNode) {
    problems.push({ path, message: `found ${wanted}; a node of the pool has ${gpu.gpusPerNode} (gpu.gpusPerNode)` });
  }
  if (gpu.backend === "existing" && gpu.nodes.length === 0) {
    problems.push({ path: "gpu.nodes", message: "found none; backend existing needs the names of its nodes" });
  }
  if (gpu.backend === "karpenter") {
    if (gpu.instanceTypes.length === 0) {
      problems.push({ path: "gpu.instanceTypes", message: "found none; backend karpenter needs at least one" });
    }
    if (!gpu.nodeClass) {
      problems.push({ path: "gpu.nodeClass", message: "missing; backend karpenter needs group, kind and name" });
    }
  }
  return problems;
}

/** Images that have no official build: the environment must say where its own are. */
const OWN_IMAGES = ["minio", "postgis", "tasks"];

function imageProblems({ images }: Environment): Problem[] {
  return OWN_IMAGES.filter((name) => !images[name]).map((name) => ({
    path: `images.${name}`,
    message: `missing; build images/${name} and give its reference here`,
  }));
}

function duplicates(names: string[], path: string, what: string): Problem[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
    path,
    message: `${what} ${JSON.stringify(name)} is there more than once; each name may be used once`,
  }));
}
