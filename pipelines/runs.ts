import { restrictedPod } from "../components/security";
import { type PipelineContext, RUN_ACCOUNT, TASK_UID } from "./context";
import { eventParams, longestMinutes, minutes, type PipelineName } from "./pipelines";
import { gpus } from "./tasks";
import type { PipelineRun } from "./tekton-types";

/** Label of a run that says which pipeline it is of. */
export const PIPELINE_LABEL = "drone-lake/pipeline";
/** Taint of nodes with GPUs: only what tolerates it, and so needs one, runs there. */
export const GPU_TAINT = "nvidia.com/gpu";
/** Label of the nodes of the GPU pool. */
export const GPU_LABEL = "drone-lake/gpu-pool";

/**
 * A run of a pipeline. Its name is made of the VersionID of what it is made from, so that neither an event that comes
 * twice nor the reconciler can make a second one.
 */
export function pipelineRun(context: PipelineContext, name: PipelineName, values: Record<string, string>): PipelineRun {
  const podTemplate = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod(TASK_UID),
  };
  const [, version] = eventParams[name];
  return {
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: {
      name: `${name}-${values[version]}`,
      namespace: context.namespace,
      labels: { [PIPELINE_LABEL]: name },
    },
    spec: {
      pipelineRef: { name },
      params: eventParams[name].map((param) => ({ name: param, value: values[param] ?? "" })),
      timeouts: timeouts(context, name),
      taskRunTemplate: { serviceAccountName: RUN_ACCOUNT, podTemplate },
      ...(name === "detection" && gpus(context) > 0
        ? {
            taskRunSpecs: [
              {
                pipelineTaskName: "detect",
                podTemplate: {
                  ...podTemplate,
                  nodeSelector: { [GPU_LABEL]: "true" },
                  tolerations: [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }],
                },
              },
            ],
          }
        : {}),
    },
  };
}

function timeouts(context: PipelineContext, name: PipelineName): PipelineRun["spec"]["timeouts"] {
  const { tasks, finally: last } = longestMinutes(context, name);
  return last === undefined
    ? { pipeline: minutes(tasks) }
    : { pipeline: minutes(tasks + last), finally: minutes(last) };
}
