import type { Environment } from "../schema";
import type { ObjectStoreConfig } from "../schema-servers";
import { bytesOf, type Exposure, isRestricted } from "../values";
import { type Problem, rule } from "./rule";

/** The smallest pool that goes on with one node lost and one more drive broken. */
const LEAST_NODES = 4;
const LEAST_DRIVES_A_NODE = 2;
const LEAST_USABLE = "1Ti";

/** What production must have, whatever else is right: nothing is lost or stops with one machine, and nothing is in the clear. */
const READS = ["protect", "objectStore", "database", "catalogue", "mcp", "endpoints", "tekton", "cluster"] as const;
type Asked = Pick<Environment, (typeof READS)[number]>;

/** What keeps an environment from being fit for production, whether or not it claims to be. */
export function shortOfProduction(environment: Asked): Problem[] {
  const { protect, objectStore, database, catalogue, mcp, endpoints, tekton, cluster } = environment;
  const problems = storeProblems(objectStore);
  const unless = (holds: boolean, path: string, message: string) => {
    if (!holds) problems.push({ path, message });
  };
  unless(protect, "protect", "found false; what holds data must be protected");
  unless(
    endpoints.postgres.sslmode.startsWith("verify-"),
    "endpoints.postgres.sslmode",
    `found ${JSON.stringify(endpoints.postgres.sslmode)}; the server must prove who it is: verify-full or verify-ca`,
  );
  unless(
    database.backend === "cloudnative-pg",
    "database.backend",
    `found ${JSON.stringify(database.backend)}; one pod on one volume stops with its node, and loses what was written since the last dump`,
  );
  unless(
    isClosed(objectStore.exposure),
    "objectStore.exposure.allowedCidrs",
    "let every address in; name the networks of the clients",
  );
  unless(
    isClosed(database.exposure),
    "database.exposure.allowedCidrs",
    "let every address in; name the networks of the clients",
  );
  unless(
    isClosed(catalogue.exposure),
    "catalogue.exposure.allowedCidrs",
    "let every address in; name the networks of the clients, as it asks nobody who they are",
  );
  unless(catalogue.replicas > 1, "catalogue.replicas", "found 1; with one pod the catalogue is away while its node is");
  unless(isClosed(mcp.exposure), "mcp.exposure.allowedCidrs", "let every address in; name the networks of the clients");
  unless(mcp.replicas > 1, "mcp.replicas", "found 1; with one pod assistants have no tools while its node is away");
  unless(
    tekton.highAvailability || !tekton.install,
    "tekton.highAvailability",
    "found false; with one webhook pod no run can start while its node is away",
  );
  unless(
    cluster.largestNode !== undefined,
    "cluster.largestNode",
    "missing; say how large the nodes are, so that no size class waits for ever for one that fits",
  );
  return problems;
}

function storeProblems({ mode, pools, sharedDisk, minUsable }: ObjectStoreConfig): Problem[] {
  if (mode === "standalone") {
    return [{ path: "objectStore.mode", message: 'found "standalone"; one drive is all there is: use distributed' }];
  }
  const problems: Problem[] = pools.flatMap(({ nodes, drivesPerNode }, i) =>
    nodes >= LEAST_NODES && drivesPerNode >= LEAST_DRIVES_A_NODE
      ? []
      : [
          {
            path: `objectStore.pools.${i}`,
            message: `found ${nodes} nodes x ${drivesPerNode}; at least ${LEAST_NODES} x ${LEAST_DRIVES_A_NODE} is allowed`,
          },
        ],
  );
  if (sharedDisk) {
    problems.push({
      path: "objectStore.sharedDisk",
      message: "found true; drives that share a disk fail together, and fill the node's own",
    });
  }
  if (bytesOf(minUsable) < bytesOf(LEAST_USABLE)) {
    problems.push({
      path: "objectStore.minUsable",
      message: `found ${JSON.stringify(minUsable)}; at least ${LEAST_USABLE} is allowed`,
    });
  }
  return problems;
}

function isClosed(exposure: Exposure): boolean {
  return exposure.type === "ClusterIP" || isRestricted(exposure);
}

/** An environment is production unless it says otherwise. */
export const productionRule = rule(["tier", ...READS], ({ tier, ...environment }) =>
  tier !== "production"
    ? []
    : shortOfProduction(environment).map(({ path, message }) => ({
        path,
        message: `${message} (tier is production; development and sandbox may do without)`,
      })),
);
