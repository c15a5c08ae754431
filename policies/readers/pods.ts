import { kindOf } from "./kubernetes";
import type { Resource } from "./resource";
import { at, list, text, UNKNOWN } from "./values";

/** A container of a pod, or a step or sidecar of a Tekton Task. */
export interface Container {
  /** How messages name it: `container minio`, `step detect`. */
  readonly title: string;
  readonly spec: unknown;
  /** Its requests and limits. */
  readonly resources: unknown;
  /** Whether it ends before the pod's work begins, or is a step after which another comes. */
  readonly passing: boolean;
}

/** What a pod is made from, wherever an object holds it. */
export interface PodTemplate {
  /** Path of the template's spec in the object. */
  readonly path: string;
  readonly labels: unknown;
  /** The pod's spec; of a Task, whose pods Tekton makes, its own. */
  readonly spec: unknown;
  readonly containers: readonly Container[];
  /** Pods that run until somebody stops them. */
  readonly serves: boolean;
  /** Parts of the pod that somebody else adds: Tekton makes a Task's pod settings out of its run's. */
  readonly lacks: "nothing" | "pod settings" | "containers";
}

const SERVERS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/** The pod templates of any kind of object that has some. */
export function podTemplates(resource: Resource): PodTemplate[] {
  const { props } = resource;
  const kind = kindOf(resource) ?? "";
  if (SERVERS.includes(kind)) return [whole(props, "spec.template", true)];
  if (kind === "Job") return [whole(props, "spec.template", false)];
  if (kind === "CronJob") return [whole(props, "spec.jobTemplate.spec.template", false)];
  if (kind === "Pod") return [{ ...whole({ spec: props }, "spec", true), path: "spec" }];
  if (kind === "Task") return [taskPod(props)];
  return runTemplates(resource).flatMap(({ run, path }) => runPods(run, path));
}

function whole(props: unknown, path: string, serves: boolean): PodTemplate {
  const template = at(props, path);
  const spec = at(template, "spec");
  return {
    path: `${path}.spec`,
    labels: at(template, "metadata.labels"),
    spec,
    containers: [
      ...list(at(spec, "initContainers")).map((item) => container("init container", item, true)),
      ...list(at(spec, "containers")).map((item) => container("container", item, false)),
    ],
    serves,
    lacks: "nothing",
  };
}

function container(word: string, spec: unknown, passing: boolean): Container {
  return { title: `${word} ${text(at(spec, "name")) ?? "?"}`, spec, resources: at(spec, "resources"), passing };
}

function taskPod(props: unknown): PodTemplate {
  const spec = at(props, "spec");
  const part = (word: string) => (item: unknown) => ({
    title: `${word} ${text(at(item, "name")) ?? "?"}`,
    spec: item,
    resources: at(item, "computeResources"),
    passing: true,
  });
  return {
    path: "spec",
    labels: undefined,
    spec,
    containers: [...list(at(spec, "steps")).map(part("step")), ...list(at(spec, "sidecars")).map(part("sidecar"))],
    serves: false,
    lacks: "pod settings",
  };
}

/** PipelineRuns and TaskRuns: an object that is one, or a TriggerTemplate that makes some. */
export function runTemplates(resource: Resource): { run: unknown; path: string }[] {
  const { props } = resource;
  const kind = kindOf(resource);
  if (kind === "PipelineRun" || kind === "TaskRun") return [{ run: props, path: "" }];
  if (kind !== "TriggerTemplate") return [];
  return list(at(props, "spec.resourcetemplates")).map((run, i) => ({ run, path: `spec.resourcetemplates.${i}.` }));
}

/** What a run says of its pods: of all, and of single tasks. */
function runPods(run: unknown, path: string): PodTemplate[] {
  const account = at(run, "spec.taskRunTemplate.serviceAccountName");
  const pod = (holderPath: string, holder: unknown): PodTemplate => {
    const template = at(holder, "podTemplate");
    const serviceAccountName = at(holder, "serviceAccountName") ?? account;
    return {
      path: `${path}${holderPath}`,
      labels: undefined,
      spec: template === UNKNOWN ? UNKNOWN : { ...(template as object | undefined), serviceAccountName },
      containers: [],
      serves: false,
      lacks: "containers",
    };
  };
  return [
    pod("spec.taskRunTemplate", at(run, "spec.taskRunTemplate")),
    ...list(at(run, "spec.taskRunSpecs"))
      .filter((item) => at(item, "podTemplate") !== undefined)
      .map((item, i) => pod(`spec.taskRunSpecs.${i}`, item)),
  ];
}
