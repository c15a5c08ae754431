import { nodesToSpare } from "../config/erasure";
import type { ObjectStoreConfig, PoolConfig } from "../config/schema-servers";
import { contentHash } from "./hash";
import { serviceHost, webhookTarget } from "./names";

/** Where the pods mount their drives: `/drives/0`, `/drives/1`, ... */
export const DRIVES = "/drives";
/** Where the pods mount the volume of undelivered events. */
export const QUEUE = "/queue";
/** Where the pods mount their certificate, and under which names MinIO looks for it there. */
export const CERTIFICATES = "/certificates";
export const CERTIFICATE_FILES = [
  { key: "tls.crt", path: "public.crt" },
  { key: "tls.key", path: "private.key" },
  // Also of the server that the events go to.
  { key: "ca.crt", path: "CAs/ca.crt" },
];

/** Where the pods mount what all servers must change at the same moment: the layout of the drives, and root's credentials. */
export const LAYOUT = "/layout";
export const LAYOUT_FILE = "minio.env";
export const CREDENTIALS = "/credentials";

/** `{0...3}` for four; a single one needs no braces. */
function ellipsis(count: number): string {
  return count === 1 ? "0" : `{0...${count - 1}}`;
}

/** Name of a pool's StatefulSet; MinIO knows its nodes by it, so it never changes. */
export function poolName(store: string, pool: Pick<PoolConfig, "name">): string {
  return `${store}-${pool.name}`;
}

/**
 * `MINIO_VOLUMES`: one term a pool, with the pods' stable names behind the headless Service.
 *
 * A standalone store is a plain path: given a URL, MinIO would wait for peers.
 */
export function minioVolumes(
  args: Pick<ObjectStoreConfig, "mode" | "pools">,
  at: { store: string; headless: string; namespace: string; port: number },
): string {
  if (args.mode === "standalone") return `${DRIVES}/0`;
  const host = serviceHost(at.headless, at.namespace);
  return args.pools
    .map(
      (pool) =>
        `https://${poolName(at.store, pool)}-${ellipsis(pool.nodes)}.${host}:${at.port}${DRIVES}/${ellipsis(pool.drivesPerNode)}`,
    )
    .join(" ");
}

/** `host:port` of every pod, by its stable name behind the headless Service. */
export function minioPods(
  pools: readonly PoolConfig[],
  at: { store: string; headless: string; namespace: string; port: number },
): string[] {
  const host = serviceHost(at.headless, at.namespace);
  return pools.flatMap((pool) =>
    Array.from({ length: pool.nodes }, (_, i) => `${poolName(at.store, pool)}-${i}.${host}:${at.port}`),
  );
}

/** Settings of the MinIO server that are no secrets, beside the volumes. */
export function minioSettings(config: ObjectStoreConfig, webhookEndpoint: string): Record<string, string> {
  return {
    MINIO_STORAGE_CLASS_STANDARD: `EC:${config.parity}`,
    MINIO_BROWSER: "off",
    MINIO_UPDATE: "off",
    // An event goes straight to the queue on disk: one that waits in memory is lost with the pod.
    MINIO_API_SYNC_EVENTS: "on",
    // MinIO drops AbortIncompleteMultipartUpload from lifecycle rules without a word; this is what it has instead.
    MINIO_API_STALE_UPLOADS_EXPIRY: `${config.incompleteUploadHours}h`,
    [`MINIO_NOTIFY_WEBHOOK_ENABLE_${webhookTarget}`]: "on",
    [`MINIO_NOTIFY_WEBHOOK_ENDPOINT_${webhookTarget}`]: webhookEndpoint,
    [`MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_${webhookTarget}`]: `${QUEUE}/events`,
    [`MINIO_NOTIFY_WEBHOOK_QUEUE_LIMIT_${webhookTarget}`]: String(config.eventQueue.limit),
    // MinIO refuses drives on the system disk unless it is told from which size on a disk is none.
    ...(config.sharedDisk ? { MINIO_ROOTDRIVE_THRESHOLD_SIZE: "1MiB" } : {}),
  };
}

/** Variable by which `mc admin info` tells with which layout a server has started. */
export const LAYOUT_ID = "MINIO_LAYOUT_ID";

/** The file of variables that MinIO reads whenever it starts, with an id that changes with the volumes. */
export function layoutFile(volumes: string): { id: string; text: string } {
  const id = contentHash(volumes);
  return { id, text: `MINIO_VOLUMES="${volumes}"\n${LAYOUT_ID}="${id}"\n` };
}

/** Pods of a pool that a node drain may take at once: as many as leave every erasure set writable. */
export function disruptionBudget(config: Pick<ObjectStoreConfig, "mode" | "parity">, pool: PoolConfig): number {
  return config.mode === "standalone" ? 1 : nodesToSpare(pool, config.parity);
}
