import { everywhere } from "../levels";
import type { Finding, StackPolicy } from "../policy";
import { type Answer, any, is, items } from "../readers/answers";
import { isNodeAgent, objectName, ofKind } from "../readers/kubernetes";
import { type PodTemplate, podTemplates, runTemplates } from "../readers/pods";
import type { Resource } from "../readers/resource";
import { type NamedTask, pipelineTasks } from "../readers/tekton";
import { at, entry, missing, UNKNOWN } from "../readers/values";
import { GPU, NODE_AGENT_NAMESPACES } from "../settings";

export const gpuPlacement: StackPolicy = {
  name: "gpu-placement",
  demand: "Exactly the pods that ask for a GPU run on the nodes of the GPU pool.",
  why: "A pod that asks for a GPU without tolerating the pool's taint waits for ever; one that tolerates it without asking keeps the dearest machine of the cluster awake for ordinary work.",
  looksAt: `requests of \`${GPU.resource}\`, tolerations of its taint and the node selector \`${GPU.poolLabel}\`, of every workload but in ${NODE_AGENT_NAMESPACES.join(", ")}; of Tekton Tasks together with the Pipelines and the runs that place them`,
  remedy: "Set all three where a GPU is needed, in a run under `taskRunSpecs` of the one task, and none elsewhere.",
  levels: everywhere,
  *checkStack(resources) {
    for (const resource of resources.filter((each) => !isNodeAgent(each))) {
      for (const pod of podTemplates(resource).filter(({ lacks }) => lacks === "nothing")) {
        yield* faults(resource, pod.path, asksForGpu(pod), pod.spec);
      }
      for (const { run } of runTemplates(resource)) {
        for (const { title, task } of tasksOf(run, resources)) {
          yield* faults(resource, title, taskAsks(task, resources), podOf(run, task));
        }
      }
    }
  },
};

function* faults(resource: Resource, title: string, asks: Answer, pod: unknown): Iterable<Finding> {
  const tolerates = any(items(at(pod, "tolerations")).map((item) => is(at(item, "key"), GPU.taint, undefined)));
  const label = entry(at(pod, "nodeSelector"), GPU.poolLabel);
  const selects = label === UNKNOWN ? UNKNOWN : !missing(label);
  const nodes = "the nodes of the GPU pool";
  if (asks === true && tolerates === false)
    yield [resource, `${title} asks for a GPU and does not tolerate the taint of ${nodes}`];
  if (asks === true && selects === false) yield [resource, `${title} asks for a GPU and does not select ${nodes}`];
  if (asks === false && tolerates === true)
    yield [resource, `${title} tolerates the taint of ${nodes} and asks for no GPU`];
  if (asks === false && selects === true) yield [resource, `${title} selects ${nodes} and asks for no GPU`];
}

/** Whether a container of a pod asks for a GPU. */
function asksForGpu({ spec, containers }: PodTemplate): Answer {
  const amounts = containers.flatMap(({ resources }) => [at(resources, "requests"), at(resources, "limits")]);
  const lists = ["containers", "initContainers", "steps", "sidecars"].flatMap((key) => items(at(spec, key)));
  const asked = amounts.map((side) => entry(side, GPU.resource));
  return any([
    ...asked.map((amount): Answer => (amount === UNKNOWN ? UNKNOWN : !missing(amount) && Number(amount) !== 0)),
    ...lists.filter((item) => item === UNKNOWN).map((): Answer => UNKNOWN),
  ]);
}

/** The tasks of the pipeline that a run names. */
function tasksOf(run: unknown, resources: readonly Resource[]): NamedTask[] {
  const wanted = at(run, "spec.pipelineRef.name");
  return ofKind(resources, "Pipeline")
    .filter((pipeline) => is(objectName(pipeline), wanted) === true)
    .flatMap(({ props }) => pipelineTasks(at(props, "spec")));
}

/** Whether the Task that a pipeline's task names asks for a GPU. */
function taskAsks(task: unknown, resources: readonly Resource[]): Answer {
  const wanted = at(task, "taskRef.name");
  return any(
    ofKind(resources, "Task").map((candidate) => {
      const named = is(objectName(candidate), wanted);
      return named === true ? any(podTemplates(candidate).map(asksForGpu)) : named;
    }),
  );
}

/** The pod settings that a run has for one task: the task's own, else everybody's. */
function podOf(run: unknown, task: unknown): unknown {
  const specs = items(at(run, "spec.taskRunSpecs"));
  const own = specs.find((item) => is(at(item, "pipelineTaskName"), at(task, "name")) !== false);
  const certain = own === undefined || is(at(own, "pipelineTaskName"), at(task, "name")) === true;
  return certain ? (at(own, "podTemplate") ?? at(run, "spec.taskRunTemplate.podTemplate")) : UNKNOWN;
}
