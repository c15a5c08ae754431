/** The part of Tekton's API that the pipelines use, with the field names of tekton.dev/v1 and triggers.tekton.dev/v1beta1. */

export interface Metadata {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}

export interface ParamSpec {
  name: string;
  type: "string";
  description: string;
  default?: string;
}

export interface Param {
  name: string;
  value: string;
}

export interface ComputeResources {
  requests: Record<string, string>;
  limits: Record<string, string>;
}

export interface Step {
  name: string;
  image: string;
  imagePullPolicy: "IfNotPresent";
  command: string[];
  env: EnvVar[];
  computeResources: ComputeResources;
  securityContext: object;
  /** Go on with the next step whatever this one's exit code is. */
  onError?: "continue";
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface Task {
  apiVersion: "tekton.dev/v1";
  kind: "Task";
  metadata: Metadata;
  spec: {
    description: string;
    params: ParamSpec[];
    results?: { name: string; type: "string"; description: string }[];
    steps: Step[];
    volumes: object[];
  };
}

export interface PipelineTask {
  name: string;
  taskRef: { name: string; kind: "Task" };
  params: Param[];
  runAfter?: string[];
  when?: { input: string; operator: "in" | "notin"; values: string[] }[];
  retries: number;
  timeout: string;
}

export interface Pipeline {
  apiVersion: "tekton.dev/v1";
  kind: "Pipeline";
  metadata: Metadata;
  spec: {
    description: string;
    params: ParamSpec[];
    tasks: PipelineTask[];
    /** Run once all tasks have ended, well or not. */
    finally?: PipelineTask[];
  };
}

export interface PipelineRun {
  apiVersion: "tekton.dev/v1";
  kind: "PipelineRun";
  metadata: Metadata;
  spec: {
    /** Created but not started, and its timeouts not begun, until somebody takes this away. */
    status?: "PipelineRunPending";
    pipelineRef: { name: string };
    params: Param[];
    /** Tekton gives the tasks what `finally` leaves of `pipeline`. */
    timeouts: { pipeline: string; finally?: string };
    taskRunTemplate: { serviceAccountName: string; podTemplate: object };
    taskRunSpecs?: { pipelineTaskName: string; podTemplate: object }[];
  };
}

export interface TriggerBinding {
  apiVersion: "triggers.tekton.dev/v1beta1";
  kind: "TriggerBinding";
  metadata: Metadata;
  spec: { params: Param[] };
}

export interface TriggerTemplate {
  apiVersion: "triggers.tekton.dev/v1beta1";
  kind: "TriggerTemplate";
  metadata: Metadata;
  spec: { params: { name: string; description: string }[]; resourcetemplates: PipelineRun[] };
}

export interface Trigger {
  name: string;
  interceptors: { ref: { name: string; kind: "ClusterInterceptor" }; params: { name: string; value: string }[] }[];
  bindings: { ref: string }[];
  template: { ref: string };
}

export interface EventListener {
  apiVersion: "triggers.tekton.dev/v1beta1";
  kind: "EventListener";
  metadata: Metadata;
  spec: { serviceAccountName: string; triggers: Trigger[]; resources: object };
}
