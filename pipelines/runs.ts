import { restrictedPod } from "../components/security";
import { type PipelineContext, RUN_ACCOUNT, TASK_UID } from "./context";
import { gpuPodTemplate, gpus, queueLabels, queueOf } from "./gpu";
import { eventParams, longestMinutes, minutes, type PipelineName } from "./pipelines";
import type { PipelineRun } from "./tekton-types";

/** Label of a run that says which pipeline it is of. */
export const PIPELINE_LABEL = "drone-lake/pipeline";

/**
 * A run of a pipeline. Its name is made of the VersionID of what it is made from, so that neither an event that comes
 * twice nor the reconciler can make a second one. One that needs GPUs begins as pending, and waits for its turn.
 */
export function pipelineRun(context: PipelineContext, name: PipelineName, values: Record<string, string>): PipelineRun {
  const podTemplate = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod(TASK_UID),
  };
  const [, version] = eventParams[name];
  const withGpus = name === "detection" && gpus(context) > 0;
  return {
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: {
      name: `${name}-${values[version]}`,
      namespace: context.namespace,
      labels: { [PIPELINE_LABEL]: name, ...(withGpus ? queueLabels(context) : {}) },
    },
    spec: {
      ...(withGpus && queueOf(context) ? { status: "PipelineRunPending" } : {}),
      pipelineRef: { name },
      params: eventParams[name].map((param) => ({ name: param, value: values[param] ?? "" })),
      timeouts: timeouts(context, name),
      taskRunTemplate: { serviceAccountName: RUN_ACCOUNT, podTemplate },
      ...(withGpus
        ? {
            taskRunSpecs: [{ pipelineTaskName: "detect", podTemplate: { ...podTemplate, ...gpuPodTemplate(context) } }],
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
