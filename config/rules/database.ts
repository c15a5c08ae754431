import { detectionsAtOnce } from "../gpus";
import { bytesOf, inUnits } from "../values";
import { type Problem, rule } from "./rule";

/** PostgreSQL's superuser_reserved_connections, at its default. */
const SUPERUSER_CONNECTIONS = 3;
/** A restore, a metrics exporter, and a person with psql. */
const ADMINISTRATION_CONNECTIONS = 3;
/** The write-ahead log alone grows to PostgreSQL's max_wal_size, 1 GiB by default; the catalogue needs room beside it. */
const LEAST_STORAGE = "2Gi";
/** A step of a run opens one connection. */
const CONNECTIONS_A_POD = 1;

/** Connections, memory and volume of the server. */
export const databaseRule = rule(["database", "gpu", "pipelines"], ({ database, gpu, pipelines }) => {
  const problems: Problem[] = [];
  const roles = Object.values(database.connections).reduce((sum, count) => sum + count, 0);
  const kept = SUPERUSER_CONNECTIONS + ADMINISTRATION_CONNECTIONS;
  if (roles + kept > database.maxConnections) {
    problems.push({
      path: "database.connections",
      message: `the roles may hold ${roles} connections, and ${kept} are kept (${SUPERUSER_CONNECTIONS} for the superuser, ${ADMINISTRATION_CONNECTIONS} for administration), but maxConnections is ${database.maxConnections}`,
    });
  }
  const detections = detectionsAtOnce(gpu, pipelines.detect.gpus);
  const needed = detections * CONNECTIONS_A_POD;
  if (needed > database.connections.pipeline_detect) {
    problems.push({
      path: "database.connections.pipeline_detect",
      message: `found ${database.connections.pipeline_detect}; the GPU pool runs ${detections} detections at once, with ${CONNECTIONS_A_POD} connection each`,
    });
  }
  if (bytesOf(database.sharedBuffers) * 2 > bytesOf(database.resources.memory)) {
    problems.push({
      path: "database.sharedBuffers",
      message: `found ${database.sharedBuffers}; at most half of the pod's memory (${database.resources.memory}) is allowed`,
    });
  }
  if (bytesOf(database.storage) < bytesOf(LEAST_STORAGE)) {
    problems.push({
      path: "database.storage",
      message: `found ${database.storage}; at least ${LEAST_STORAGE} is allowed, because the write-ahead log alone takes ${inUnits(bytesOf(LEAST_STORAGE) / 2)}`,
    });
  }
  return problems;
});
