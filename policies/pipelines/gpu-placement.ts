import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { mayEqual, ofKind } from "../readers/kubernetes";
import { podTemplates, runTemplates } from "../readers/pods";
import type { Resource } from "../readers/resource";
import { pipelineTasks } from "../readers/tekton";
import { at, entry, list, missing, UNKNOWN } from "../readers/values";
import { GPU } from "../settings";

export const gpuPlacement: StackPolicy = {
  name: "gpu-placement",
  demand: "Exactly the pods that ask for a GPU run on the nodes of the GPU pool.",
  why: "A pod that asks for a GPU without tolerating the pool's taint waits for ever; one that tolerates it without asking keeps the dearest machine of the cluster awake for ordinary work.",
  looksAt: `requests of \`${GPU.resource}\`, tolerations of its taint and the node selector \`${GPU.poolLabel}\`, of every workload; of Tekton Tasks together with the Pipelines and the runs that place them`,
  remedy: "Set all three where a GPU is needed, in a run under `taskRunSpecs` of the one task, and none elsewhere.",
  levels: everywhere,
  *checkStack(resources) {
    for (const resource of resources) {
      for (const pod of podTemplates(resource).filter(({ lacks }) => lacks === "nothing")) {
        const asks = pod.containers.map(({ resources: amount }) => asksForGpu(amount));
        yield* faults(resource, pod.path, anyOf(asks), pod.spec);
      }
      for (const { run } of runTemplates(resource)) yield* runFaults(resource, run, resources);
    }
  },
};

/** Of a run: each of its pipeline's tasks, with the pod settings that the run has for it. */
function* runFaults(resource: Resource, run: unknown, resources: readonly Resource[]) {
  const pipelines = ofKind(resources, "Pipeline").filter(({ props }) =>
    mayEqual(at(props, "metadata.name"), at(run, "spec.pipelineRef.name")),
  );
  for (const { title, task } of pipelines.flatMap(({ props }) => pipelineTasks(at(props, "spec")))) {
    const asks = ofKind(resources, "Task")
      .filter(({ props }) => mayEqual(at(props, "metadata.name"), at(task, "taskRef.name")))
      .flatMap(podTemplates)
      .flatMap(({ containers }) => containers.map(({ resources: amount }) => asksForGpu(amount)));
    const own = list(at(run, "spec.taskRunSpecs")).find((item) =>
      mayEqual(at(item, "pipelineTaskName"), at(task, "name")),
    );
    const pod = at(own, "podTemplate") ?? at(run, "spec.taskRunTemplate.podTemplate");
    yield* faults(resource, title, anyOf(asks), pod);
  }
}

type Answer = boolean | typeof UNKNOWN;

function anyOf(answers: readonly Answer[]): Answer {
  return answers.includes(true) || (answers.includes(UNKNOWN) ? UNKNOWN : false);
}

function asksForGpu(amounts: unknown): Answer {
  return anyOf(
    ["requests", "limits"].map((side) => {
      const amount = entry(at(amounts, side), GPU.resource);
      return amount === UNKNOWN ? UNKNOWN : !missing(amount) && Number(amount) !== 0;
    }),
  );
}

function* faults(resource: Resource, title: string, asks: Answer, pod: unknown): Iterable<readonly [Resource, string]> {
  const tolerations = at(pod, "tolerations");
  const tolerates: Answer =
    tolerations === UNKNOWN
      ? UNKNOWN
      : anyOf(list(tolerations).map((item) => (item === UNKNOWN ? UNKNOWN : isForGpu(at(item, "key")))));
  const label = entry(at(pod, "nodeSelector"), GPU.poolLabel);
  const selects: Answer = label === UNKNOWN ? UNKNOWN : !missing(label);
  if (asks === true && tolerates === false)
    yield [resource, `${title} asks for a GPU and does not tolerate the taint of their nodes`];
  if (asks === true && selects === false)
    yield [resource, `${title} asks for a GPU and does not select the pool's nodes`];
  if (asks === false && tolerates === true)
    yield [resource, `${title} tolerates the taint of nodes with GPUs and asks for none`];
  if (asks === false && selects === true) yield [resource, `${title} selects nodes with GPUs and asks for none`];
}

/** A toleration without a key tolerates every taint. */
function isForGpu(key: unknown): Answer {
  if (key === UNKNOWN) return UNKNOWN;
  return key === GPU.taint || missing(key);
}
