import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import { at, list, missing } from "../readers/values";

const WANTED = ["requests.cpu", "requests.memory", "limits.memory"];

export const resourcesSet: ResourcePolicy = {
  name: "resources-set",
  demand: "Every container requests CPU and memory, and has a limit of memory.",
  why: "Without requests the scheduler stacks stitchings on one node until it swaps; without a limit one photo too many takes the object store's memory and kills it instead of the step.",
  looksAt:
    "containers of every workload, steps and sidecars of Tekton Tasks, and the containers that an EventListener asks for. CPU has no limit here: it may burst where the node has room",
  remedy: "Set `resources` (in a Tekton step `computeResources`) from what was measured.",
  levels: everywhere,
  *check(resource) {
    for (const { containers } of podTemplates(resource)) {
      for (const { title, resources } of containers) yield* lacking(title, resources);
    }
    if (kindOf(resource) === "EventListener") {
      const path = "spec.resources.kubernetesResource.spec.template.spec.containers";
      const containers = at(resource.props, path);
      if (missing(containers)) yield "its container has no requests and limits";
      for (const container of list(containers)) yield* lacking("its container", at(container, "resources"));
    }
  },
};

function* lacking(title: string, resources: unknown): Iterable<string> {
  const without = WANTED.filter((path) => missing(at(resources, path)));
  if (without.length) yield `${title} has no ${without.join(", ")}`;
}
