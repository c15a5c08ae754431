import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { runTemplates } from "../readers/pods";
import { pipelineTasks } from "../readers/tekton";
import { at, list, missing } from "../readers/values";

export const runsHaveTimeouts: ResourcePolicy = {
  name: "runs-have-timeouts",
  demand: "Every task of a pipeline and every run says how long it may take.",
  why: "Tekton's default of one hour ends the stitching of a large flight in the middle; no limit at all keeps a machine with a GPU for a step that hangs.",
  looksAt:
    "`timeout` of each task of a Pipeline; `timeouts.pipeline` of PipelineRuns and `timeout` of TaskRuns, made by hand or by a TriggerTemplate",
  remedy: "Set the timeout from the size class, and the run's from the longest path of its tasks.",
  levels: everywhere,
  *check(resource) {
    if (kindOf(resource) === "Pipeline") {
      for (const { title, task } of pipelineTasks(at(resource.props, "spec"))) {
        if (isEndless(at(task, "timeout"))) yield `${title} has no timeout`;
      }
    }
    for (const { run } of runTemplates(resource)) {
      const timeout = at(run, "kind") === "TaskRun" ? at(run, "spec.timeout") : at(run, "spec.timeouts.pipeline");
      if (isEndless(timeout)) yield "its run has no timeout";
      for (const { title, task } of list(at(run, "spec.pipelineSpec.tasks")).length
        ? pipelineTasks(at(run, "spec.pipelineSpec"))
        : []) {
        if (isEndless(at(task, "timeout"))) yield `${title} has no timeout`;
      }
    }
  },
};

/** Tekton takes 0 for no limit. */
function isEndless(timeout: unknown): boolean {
  return missing(timeout) || timeout === "0" || timeout === "0s" || timeout === "0m0s";
}
