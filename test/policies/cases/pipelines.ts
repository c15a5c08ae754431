import { type Cases, changed, failing, object, pipeline, RUN, task, trigger } from "../resources";
import { nodeAgent } from "./workloads";

const script = (text: string) => ({ "spec.steps.0.script": text });
const shell = (text: string) => ({ "spec.steps.0.command": ["sh", "-c", text] });
const flags = object("v1", "ConfigMap", "resolvers-feature-flags", { data: { "enable-git-resolver": "false" } });
const STEP_GPU = { "spec.steps.0.computeResources.limits": { memory: "1Gi", "nvidia.com/gpu": "1" } };
const placed = {
  nodeSelector: { "drone-lake/gpu-pool": "true" },
  tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
};
const taskRunSpecs = (podTemplate: object) => ({
  [`${RUN}.taskRunSpecs`]: [{ pipelineTaskName: "look", podTemplate }],
});
const detecting = (podTemplate: object) => [
  changed(task, STEP_GPU),
  pipeline,
  changed(trigger, taskRunSpecs(podTemplate)),
];
const GPU_POD = { containers: [{ name: "c", resources: { limits: { "nvidia.com/gpu": 1 } } }] };
const notebook = object("v1", "Pod", "notebook", { spec: { ...GPU_POD, ...placed } });

export const pipelines: Record<string, Cases> = {
  "runs-have-timeouts": {
    passes: { "a pipeline and its runs": [pipeline, trigger] },
    fails: {
      ...failing(pipeline, {
        "a task without": [{ "spec.tasks.0.timeout": undefined }, "task look has no timeout"],
        "a task without end": [{ "spec.tasks.0.timeout": "0" }, "task look has no timeout"],
        "a last task without": [{ "spec.finally.0.timeout": undefined }, "task tell has no timeout"],
      }),
      ...failing(trigger, {
        "a run without": [{ [`${RUN}.timeouts`]: undefined }, "its run has no timeout"],
        "a pipeline within a run": [{ [`${RUN}.pipelineSpec`]: { tasks: [{ name: "x" }] } }, "task x has no timeout"],
      }),
    },
  },
  "retries-bounded": {
    passes: { few: [pipeline] },
    fails: failing(pipeline, {
      "nothing said": [{ "spec.tasks.0.retries": undefined }, "task look does not say how often"],
      "too many": [{ "spec.finally.0.retries": 10 }, "task tell is tried again 10 times"],
    }),
  },
  "no-param-in-script": {
    passes: {
      "a param in a variable": [
        changed(task, { "spec.steps.0.env": [{ name: "KEY", value: "$(params.flight-key)" }] }),
      ],
      "a variable in a script": [changed(task, script('dronelake stitch "$KEY" > $(results.key.path)'))],
      "a param as an argument of a program": [changed(task, { "spec.steps.0.args": ["$(params.flight-key)"] })],
      "a result's path": [changed(task, shell("cat $(steps.step-odm.exitCode.path)"))],
    },
    fails: {
      ...failing(task, {
        "a script": [script("curl $(params.flight-key)"), "step detect has $(params.flight-key) in its script"],
        "a shell's text": [shell("echo $(tasks.plan.results.key)"), "step detect has $(tasks.plan.results.key)"],
        "a sidecar": [{ "spec.sidecars.0.script": "echo $(params.a)" }, "sidecar cache has $(params.a)"],
      }),
    },
  },
  "no-remote-resolvers": {
    passes: { "references by name": [pipeline, trigger], "resolvers that are off": [flags] },
    fails: {
      ...failing(pipeline, {
        "a task from git": [
          { "spec.tasks.0.taskRef": { resolver: "git" } },
          "task look is fetched by the resolver git",
        ],
      }),
      ...failing(trigger, {
        "a pipeline from a hub": [{ [`${RUN}.pipelineRef`]: { resolver: "hub" } }, "its pipeline is fetched"],
      }),
      ...failing(flags, { "a flag": [{ "data.enable-git-resolver": "true" }, "it has enable-git-resolver on"] }),
      "the resolvers themselves": {
        given: [object("apps/v1", "Deployment", "tekton-pipelines-remote-resolvers", { spec: {} })],
        says: "it runs the resolvers",
      },
    },
  },
  "gpu-placement": {
    passes: {
      "a pod with all three": [notebook],
      "a task with all three, by its run": detecting(placed),
      "a task without any": [task, pipeline, trigger],
      "an agent of the nodes": [nodeAgent],
    },
    fails: {
      "a pod without a toleration": {
        given: [changed(notebook, { "spec.tolerations": undefined })],
        says: "does not tolerate",
      },
      "a pod without a selector": {
        given: [changed(notebook, { "spec.nodeSelector": undefined })],
        says: "does not select",
      },
      "a pod that asks for none": { given: [changed(notebook, { "spec.containers": [] })], says: "asks for no GPU" },
      "a task without a toleration": {
        given: detecting({ nodeSelector: placed.nodeSelector }),
        says: "task look asks for a GPU and does not tolerate",
      },
      "a task whose run says nothing": {
        given: [changed(task, STEP_GPU), pipeline, trigger],
        says: "task look asks for a GPU and does not select",
      },
      "a task that asks for none": {
        given: [task, pipeline, changed(trigger, taskRunSpecs(placed))],
        says: "task look tolerates the taint of the nodes of the GPU pool and asks for no GPU",
      },
      "all tasks of a run": {
        given: [
          changed(task, STEP_GPU),
          pipeline,
          changed(trigger, { [`${RUN}.taskRunTemplate.podTemplate`]: placed }),
        ],
        says: "task tell selects the nodes of the GPU pool and asks for no GPU",
      },
      "a toleration of everything": {
        given: [object("v1", "Pod", "any", { spec: { tolerations: [{ operator: "Exists" }] } })],
        says: "spec tolerates the taint",
      },
    },
  },
};
