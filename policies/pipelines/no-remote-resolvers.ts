import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf, objectName } from "../readers/kubernetes";
import { runTemplates } from "../readers/pods";
import { pipelineTasks } from "../readers/tekton";
import { at, entries, text } from "../readers/values";

export const noRemoteResolvers: ResourcePolicy = {
  name: "no-remote-resolvers",
  demand: "Pipelines and tasks come out of this program, and the resolvers that fetch them from elsewhere are off.",
  why: "A resolver fetches what is run from git, a registry or a hub: it ran there unreviewed, and the resolvers had flaws with which a tenant read another's files.",
  looksAt:
    "`resolver` of `taskRef` and `pipelineRef` in Pipelines and runs; ConfigMap `resolvers-feature-flags`; Deployments of resolvers",
  remedy: "Declare the Task in pipelines/, and refer to it by name.",
  levels: everywhere,
  *check(resource) {
    const { props } = resource;
    const kind = kindOf(resource);
    const resolver = (reference: unknown, title: string): string[] => {
      const name = text(at(reference, "resolver"));
      return name ? [`${title} is fetched by the resolver ${name}`] : [];
    };
    if (kind === "Pipeline") {
      for (const { title, task } of pipelineTasks(at(props, "spec"))) yield* resolver(at(task, "taskRef"), title);
    }
    for (const { run } of runTemplates(resource)) {
      yield* resolver(at(run, "spec.pipelineRef"), "its pipeline");
      yield* resolver(at(run, "spec.taskRef"), "its task");
    }
    const name = text(objectName(resource)) ?? "";
    if (kind === "Deployment" && /resolvers?$/.test(name)) yield "it runs the resolvers";
    if (kind === "ConfigMap" && name === "resolvers-feature-flags") {
      const on = entries(at(props, "data")).filter(([, value]) => value === "true");
      if (on.length) yield `it has ${on.map(([key]) => key).join(", ")} on`;
    }
  },
};
