import { duplicates, type Problem, rule } from "./rule";

const PATH = "database.cloudNativePg";

/** What a database by CloudNativePG needs besides. */
export const databaseClusterRule = rule(["database"], ({ database }) => {
  const { backend, backup, cloudNativePg, connections } = database;
  if (backend !== "cloudnative-pg") return [];
  const { clusters, poolerInstances } = cloudNativePg;
  const names = clusters.map(({ name }) => name);
  const problems: Problem[] = duplicates(names, `${PATH}.clusters`, "cluster");
  if (!backup.bucket) {
    problems.push({
      path: "database.backup.bucket",
      message: "missing; backend cloudnative-pg archives to a bucket outside of this lake",
    });
  }
  for (const [i, { name, recoverFrom }] of clusters.entries()) {
    if (recoverFrom?.cluster !== name) continue;
    problems.push({
      path: `${PATH}.clusters.${i}.name`,
      message: `found ${JSON.stringify(name)}, which is also what it recovers from; the archive has that name already: use a new one`,
    });
  }
  const fewest = Math.min(connections.pipeline_detect, connections.pipeline_catalog, connections.catalog);
  if (poolerInstances > fewest) {
    problems.push({
      path: `${PATH}.poolerInstances`,
      message: `found ${poolerInstances}; each needs a connection of each role, and database.connections allows one of them ${fewest}`,
    });
  }
  return problems;
});
