import { erasureLayout } from "../../config/erasure";
import { prodOnly } from "../levels";
import type { StackPolicy } from "../policy";
import { minioChart } from "../readers/helm";
import { minioServers, type Pool, poolOf } from "../readers/minio-server";
import { PRODUCTION_STORE } from "../settings";

const { nodes: NODES, parity: PARITY, usableBytes: USABLE } = PRODUCTION_STORE;

export const productionTopology: StackPolicy = {
  name: "production-topology",
  demand: `The object store is distributed: at least ${NODES} nodes a pool, parity of at least ${PARITY}, at least ${USABLE / 2 ** 40} TiB usable.`,
  why: "One node with one disk loses every flight with that disk, and is away at every update. Fewer than four drives cannot lose any and still take photos.",
  looksAt:
    "StatefulSets and Deployments that run `minio server`: replicas, drives, `MINIO_STORAGE_CLASS_STANDARD`; `mode` of a MinIO chart",
  remedy: "Set `objectStore.mode: distributed` and pools of four nodes with two drives each, or more.",
  levels: prodOnly,
  *checkStack(resources) {
    const charts = resources.filter((resource) => minioChart(resource)?.mode === "standalone");
    for (const resource of charts) yield [resource, "the chart runs in mode standalone, on one drive"];
    const pools = resources.flatMap(minioServers).map((server) => ({ resource: server.resource, ...poolOf(server) }));
    for (const { resource, nodes = NODES, parity = PARITY } of pools) {
      if (nodes < NODES) yield [resource, `it has ${nodes} node(s)`];
      if (parity < PARITY) yield [resource, `${parity} drives of an erasure set may be lost`];
    }
    const usable = pools.reduce((sum, pool) => sum + usableBytes(pool), 0);
    if (pools[0] && usable < USABLE) {
      yield [pools[0].resource, `all pools together hold ${(usable / 2 ** 40).toFixed(2)} TiB`];
    }
  },
};

/** Bytes that a pool keeps beside their parity; as many as one may wish where they are not known yet. */
function usableBytes({ nodes, parity, drives }: Pool): number {
  if (nodes === undefined || parity === undefined || drives === undefined) return Number.POSITIVE_INFINITY;
  const setSize = erasureLayout({ nodes, drivesPerNode: drives.length })?.setSize ?? 1;
  return nodes * drives.reduce((sum, bytes) => sum + bytes, 0) * (1 - parity / setSize);
}
