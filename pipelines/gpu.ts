import type { GpuConfig } from "../config/schema-gpu";
import type { PipelineContext } from "./context";

/** The resource by which Kubernetes counts GPUs. */
export const GPU_RESOURCE = "nvidia.com/gpu";
/** Taint of nodes with GPUs: only what tolerates it, and so needs one, runs there. */
export const GPU_TAINT = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" } as const;
/** Tolerates the taint, whatever its value: clouds set others. */
export const GPU_TOLERATION = { key: GPU_TAINT.key, operator: "Exists", effect: GPU_TAINT.effect } as const;
/** Label of a run that says how many GPUs it needs, for whoever lets it go. */
export const GPUS_LABEL = "drone-lake/gpus";
/** The queue of Kueue that detections wait in. */
export const KUEUE_QUEUE = "gpu";

/** Label of the pool's nodes. Cluster API hands labels on to nodes only from domains of its own. */
export function poolLabels({ backend }: Pick<GpuConfig, "backend">): Record<string, string> {
  const key = backend === "cluster-api" ? "node.cluster.x-k8s.io/drone-lake-gpu-pool" : "drone-lake/gpu-pool";
  return { [key]: "true" };
}

/** GPUs that the detection asks for: none where there is no pool, or it would wait for ever. */
export function gpus({ config, gpu }: Pick<PipelineContext, "config" | "gpu">): number {
  return gpu.backend === "none" ? 0 : config.detect.gpus;
}

/** Who lets detections go; undefined where none has to wait. */
export function queueOf(context: Pick<PipelineContext, "config" | "gpu">): "tekton" | "kueue" | undefined {
  const { backend } = context.gpu.queue;
  return gpus(context) === 0 || backend === "none" ? undefined : backend;
}

/** What is added to the template of a pod with GPUs: it runs on the pool and nowhere else. */
export function gpuPodTemplate({ gpu }: Pick<PipelineContext, "gpu">): object {
  return {
    nodeSelector: poolLabels(gpu),
    tolerations: [GPU_TOLERATION],
    ...(gpu.runtimeClass ? { runtimeClassName: gpu.runtimeClass } : {}),
  };
}

/** Annotations that keep what scales the pool from ending a pod with GPUs in the middle of its work. */
export function gpuPodAnnotations({ gpu }: Pick<PipelineContext, "gpu">): Record<string, string> {
  if (gpu.backend === "karpenter") return { "karpenter.sh/do-not-disrupt": "true" };
  return gpu.backend === "cluster-api" ? { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" } : {};
}

/** Labels of a run that waits in a queue, by which the queue knows it. */
export function queueLabels(context: Pick<PipelineContext, "config" | "gpu">): Record<string, string> {
  const queue = queueOf(context);
  if (queue === undefined) return {};
  return queue === "kueue" ? { "kueue.x-k8s.io/queue-name": KUEUE_QUEUE } : { [GPUS_LABEL]: String(gpus(context)) };
}
