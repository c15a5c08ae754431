import { erasureLayout } from "../../config/erasure";
import { bytesOf } from "../../config/values";
import { prodOnly } from "../levels";
import type { StackPolicy } from "../policy";
import { minioChart } from "../readers/helm";
import { envValue, type MinioServer, minioServers } from "../readers/minio-server";
import { at, hasUnknown, list, number, text } from "../readers/values";
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
    const servers = resources.flatMap(minioServers);
    let usable = 0;
    for (const server of servers) {
      const pool = poolOf(server);
      if (pool.nodes !== undefined && pool.nodes < NODES) yield [server.resource, `it has ${pool.nodes} node(s)`];
      if (pool.parity !== undefined && pool.parity < PARITY) {
        yield [server.resource, `${pool.parity} drives of an erasure set may be lost`];
      }
      usable += pool.usable;
    }
    if (servers[0] && usable < USABLE) {
      yield [servers[0].resource, `all pools together hold ${(usable / 2 ** 40).toFixed(2)} TiB`];
    }
  },
};

/** Shape of a pool; what is not known yet is undefined, and then as large as one may wish. */
function poolOf({ resource, container }: MinioServer) {
  const replicas = at(resource.props, "spec.replicas");
  const nodes = replicas === undefined ? 1 : number(replicas);
  const parityText = envValue(container, "MINIO_STORAGE_CLASS_STANDARD");
  const parity = parityText === undefined ? 0 : number(Number(/^EC:(\d+)$/.exec(text(parityText) ?? "")?.[1] ?? NaN));
  const claims = list(at(resource.props, "spec.volumeClaimTemplates"));
  const mounts = new Set(
    list(at(container, "volumeMounts"))
      .filter(isDrive)
      .map((mount) => at(mount, "name")),
  );
  const drives = claims.filter((claim) => mounts.has(at(claim, "metadata.name")));
  if (nodes === undefined || parityText === undefined || Number.isNaN(parity) || hasUnknown(claims)) {
    return {
      nodes,
      parity: Number.isNaN(parity) ? undefined : parity,
      usable: parityText === undefined ? 0 : Infinity,
    };
  }
  const sizes = drives.map((claim) => bytesOf(text(at(claim, "spec.resources.requests.storage")) ?? "0Gi"));
  const setSize = erasureLayout({ nodes, drivesPerNode: drives.length })?.setSize ?? 1;
  const raw = nodes * sizes.reduce((sum, size) => sum + size, 0);
  return { nodes, parity, usable: raw * (1 - (parity ?? 0) / setSize) };
}

/** Drives are what is mounted beside one another under one folder; the queue of events is none. */
function isDrive(mount: unknown): boolean {
  return /\/\D*\d+$/.test(text(at(mount, "mountPath")) ?? "");
}
