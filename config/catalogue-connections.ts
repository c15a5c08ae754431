/** A pod has one pool for STAC, one for findings, and a connection for lineage. */
const LEAST_A_POD = 3;

/** Database connections that each pod of the catalogue may open, so that a rollout's extra pod stays within the role's. */
export function connectionsAPod(ofRole: number, replicas: number): number {
  return Math.floor(ofRole / (replicas + 1));
}

/** Fewest connections of the role with which every pod, and a rollout's extra one, can serve. */
export function leastConnections(replicas: number): number {
  return LEAST_A_POD * (replicas + 1);
}
