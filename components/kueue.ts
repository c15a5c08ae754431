import { gpuQuota } from "../config/gpus";
import type { PipelineContext } from "../pipelines/context";
import { gpus, KUEUE_QUEUE, poolLabels } from "../pipelines/gpu";
import type { Manifest } from "./manifest";

/** The resource of which tekton-kueue counts one a PipelineRun. */
const RUNS = "tekton.dev/pipelineruns";

const apiVersion = "kueue.x-k8s.io/v1beta2";

/**
 * Kueue's queue of the detections: a quota of runs, since tekton-kueue can ask for nothing whose name has a slash but
 * for runs, and each of ours needs the same number of GPUs. Strictly in order: a flight that waits is not overtaken.
 */
export function kueueObjects(context: Pick<PipelineContext, "config" | "gpu" | "namespace">): Manifest[] {
  const { gpu, namespace } = context;
  const name = `drone-lake-${KUEUE_QUEUE}`;
  const nominalQuota = Math.floor(gpuQuota(gpu) / gpus(context));
  return [
    { apiVersion, kind: "ResourceFlavor", metadata: { name }, spec: { nodeLabels: poolLabels(gpu) } },
    {
      apiVersion,
      kind: "ClusterQueue",
      metadata: { name },
      spec: {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        queueingStrategy: "StrictFIFO",
        resourceGroups: [{ coveredResources: [RUNS], flavors: [{ name, resources: [{ name: RUNS, nominalQuota }] }] }],
      },
    },
    { apiVersion, kind: "LocalQueue", metadata: { name: KUEUE_QUEUE, namespace }, spec: { clusterQueue: name } },
  ];
}
