import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { envValue, minioServers } from "../readers/minio-server";
import { at, list, missing, text, UNKNOWN } from "../readers/values";

const TARGET = /^MINIO_NOTIFY_WEBHOOK_ENABLE(_.+)?$/;

export const webhookQueue: ResourcePolicy = {
  name: "webhook-queue",
  demand:
    "Every webhook target of the object store queues its events in a directory on a volume that outlives the pod.",
  why: "Without a directory an event is sent once, from memory: a flight that lands while the EventListener restarts is never stitched.",
  looksAt:
    "containers that run `minio server`: `MINIO_NOTIFY_WEBHOOK_ENABLE_<ID>` with `..._QUEUE_DIR_<ID>`, and the volume mounted there",
  remedy: "Set `MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_<ID>` to a folder on a persistent volume.",
  levels: everywhere,
  *check(resource) {
    for (const { container, podSpec } of minioServers(resource)) {
      for (const variable of list(at(container, "env"))) {
        const match = TARGET.exec(text(at(variable, "name")) ?? "");
        const enabled = at(variable, "value");
        if (!match || enabled === "off" || enabled === UNKNOWN) continue;
        const id = match[1] ?? "";
        const folder = envValue(container, `MINIO_NOTIFY_WEBHOOK_QUEUE_DIR${id}`);
        if (folder === UNKNOWN) continue;
        if (missing(folder)) yield `webhook target ${id.slice(1) || "_"} has no queue directory`;
        else if (!keepsFolder(container, podSpec, folder as string)) {
          yield `the queue directory ${String(folder)} of webhook target ${id.slice(1) || "_"} goes with the pod`;
        }
      }
    }
  },
};

/** Whether a folder lies on a volume other than one of the pod's own. */
function keepsFolder(container: unknown, podSpec: unknown, folder: string): boolean {
  if (at(container, "volumeMounts") === UNKNOWN) return true;
  const over = list(at(container, "volumeMounts")).filter((mount) => {
    const path = at(mount, "mountPath");
    return path === UNKNOWN || folder === path || folder.startsWith(`${String(path)}/`);
  });
  const ownVolumes = list(at(podSpec, "volumes"))
    .filter((volume) => at(volume, "emptyDir") !== undefined)
    .map((volume) => at(volume, "name"));
  return over.some((mount) => !ownVolumes.includes(at(mount, "name")));
}
