/** One alert as Prometheus' operator takes it. */
export interface Alert {
  alert: string;
  /** Holds while something is wrong. */
  expr: string;
  /** For so long, before it is told. */
  for: string;
  labels: { severity: "warning" | "critical" };
  annotations: { summary: string; description: string };
}

function alert(
  name: string,
  severity: Alert["labels"]["severity"],
  rule: [string, string],
  told: [string, string],
): Alert {
  const [expr, lasting] = rule;
  const [summary, description] = told;
  return { alert: name, expr, for: lasting, labels: { severity }, annotations: { summary, description } };
}

/** When somebody should look at the object store. Every pod tells the same of the store as a whole, hence `max` and `min`. */
export const objectStoreAlerts: readonly Alert[] = [
  alert(
    "LakeDriveOffline",
    "warning",
    ["max(minio_cluster_drive_offline_total) > 0", "5m"],
    [
      "A drive of the object store is away",
      "Objects are safe while no more than the parity are. See the pod's log and its volume.",
    ],
  ),
  alert(
    "LakeWritesStop",
    "critical",
    ["min(minio_cluster_health_erasure_set_status) == 0", "1m"],
    ["An erasure set has lost its write quorum", "Nothing can be uploaded. Bring pods or drives of that set back."],
  ),
  alert(
    "LakeEventsWait",
    "warning",
    ["sum(minio_notify_target_queue_length) > 0", "15m"],
    [
      "Bucket events do not reach the EventListener",
      "They wait on the pods' queue volumes. See whether the EventListener runs and its certificate is valid.",
    ],
  ),
  alert(
    "LakeEventsLost",
    "critical",
    [
      "sum(increase(minio_notify_events_errors_total[15m])) + sum(increase(minio_notify_events_skipped_total[15m])) > 0",
      "0m",
    ],
    [
      "Bucket events were lost",
      "The reconciler starts their runs. See whether the queue volumes are full or cannot be written.",
    ],
  ),
  alert(
    "LakeFillsUp",
    "warning",
    ["min(minio_cluster_capacity_usable_free_bytes) / max(minio_cluster_capacity_usable_total_bytes) < 0.15", "30m"],
    ["Less than 15 % of the object store is free", "Add a pool, or let old versions go sooner."],
  ),
];
