import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { pipelineTasks } from "../readers/tekton";
import { at, missing, number } from "../readers/values";

/** More tries than this do not mend what three could not. */
const MOST = 3;

export const retriesBounded: ResourcePolicy = {
  name: "retries-bounded",
  demand: `Every task of a pipeline says how often it is tried again, at most ${MOST} times.`,
  why: "A flight with broken photos fails every time: with ten tries of ten hours it holds up all others for days.",
  looksAt: "`retries` of each task of a Pipeline",
  remedy: "Set 0 for what is dear and fails for its input, 1 for what an outage of a server may break.",
  levels: everywhere,
  *check(resource) {
    if (kindOf(resource) !== "Pipeline") return;
    for (const { title, task } of pipelineTasks(at(resource.props, "spec"))) {
      const retries = at(task, "retries");
      if (missing(retries)) yield `${title} does not say how often it is tried again`;
      if ((number(retries) ?? 0) > MOST) yield `${title} is tried again ${String(retries)} times`;
    }
  },
};
