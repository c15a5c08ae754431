import { namespaces } from "../components/names";
import type { Environment } from "../config";
import type { GpuConfig } from "../config/schema-gpu";
import type { PipelinesConfig } from "../config/schema-pipelines";

/** What the definitions of the pipelines are made from. */
export interface PipelineContext {
  config: PipelinesConfig;
  /** The nodes with GPUs, if any, to run the detection on. */
  gpu: GpuConfig;
  /** Namespace of everything. */
  namespace: string;
  /** Image with `dronelake`, the same with CUDA where detections have GPUs, and OpenDroneMap's. */
  images: { tasks: string; "tasks-gpu"?: string; odm: string };
  /** Version of the code, written into every result. */
  codeVersion: string;
  /** URL of the S3 API inside the cluster. */
  objectStoreUrl: string;
  /** The database inside the cluster. */
  database: { host: string; port: number; name: string };
}

/** What an environment says of the pipelines, with the parts of the lake that they use. */
export function pipelineContext(
  { pipelines, gpu, images, codeVersion }: Environment,
  parts: Pick<PipelineContext, "objectStoreUrl" | "database">,
): PipelineContext {
  return { config: pipelines, gpu, namespace: namespaces.pipelines, images, codeVersion, ...parts };
}

/** ServiceAccount of the pods of a run; it has no token and no rights. */
export const RUN_ACCOUNT = "pipeline-run";
/** ServiceAccount of the EventListener. */
export const LISTENER_ACCOUNT = "lake-listener";
/** ServiceAccount of the reconciler. */
export const RECONCILER_ACCOUNT = "reconciler";
/** The EventListener's certificate; pods of the namespace find in its Secret the CA of all servers of the lake. */
export const LISTENER_CERTIFICATE = "event-listener";
/** ServiceAccount of what lets detections go while there are GPUs for them. */
export const QUEUE_ACCOUNT = "gpu-queue";
/** Secret with the header that bucket events carry, and its key. */
export const EVENT_SECRET = { name: "event-token", key: "authorization" } as const;
/** The user of all images with `dronelake`. */
export const TASK_UID = 65532;
/**
 * A failed task is tried this often again: an outage passes, and what fails for its input is cheap to find out twice.
 * Not so where OpenDroneMap runs for hours. Tekton cannot tell the two by their exit codes, so its stitching is tried
 * once, and a person who has read why it failed asks for another try by deleting the run.
 */
export const RETRIES = 1;

/** How often a stitching is tried again. */
export function stitchRetries({ config }: Pick<PipelineContext, "config">): number {
  return config.engine === "odm" ? 0 : RETRIES;
}
