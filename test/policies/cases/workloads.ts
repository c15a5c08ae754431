import {
  bare,
  type Cases,
  CONTAINER,
  changed,
  confined,
  cronJob,
  deployment,
  failing,
  job,
  object,
  RUN,
  task,
  trigger,
} from "../resources";

const every = [deployment, job, cronJob, bare, task, trigger];
const listener = object("triggers.tekton.dev/v1beta1", "EventListener", "lake", {
  spec: {
    resources: {
      kubernetesResource: {
        spec: {
          template: {
            spec: { containers: [{ resources: { requests: { cpu: 1, memory: 1 }, limits: { memory: 1 } } }] },
          },
        },
      },
    },
  },
});
const POD = "spec.template.spec";
const namespace = object("v1", "Namespace", "data-systems", {
  metadata: { name: "data-systems", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
});

const replicas = changed(deployment, {
  "spec.replicas": 3,
  [`${POD}.topologySpreadConstraints`]: [{ topologyKey: "kubernetes.io/hostname" }],
});
const scaler = object("autoscaling/v2", "HorizontalPodAutoscaler", "server", {
  spec: { minReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "server" } },
});
const budget = object("policy/v1", "PodDisruptionBudget", "server", {
  spec: { selector: { matchLabels: { app: "server" } }, maxUnavailable: 1 },
});

/** What makes the devices of a node known to it. */
export const nodeAgent = changed(deployment, {
  "metadata.namespace": "gpu-system",
  [`${CONTAINER}.readinessProbe`]: undefined,
  [`${CONTAINER}.securityContext`]: undefined,
  [`${POD}.tolerations`]: [{ key: "nvidia.com/gpu", operator: "Exists" }],
  [`${POD}.nodeSelector`]: { "drone-lake/gpu-pool": "true" },
  [`${POD}.volumes`]: [{ name: "sockets", hostPath: { path: "/var/lib/kubelet/device-plugins" } }],
});
const agents = object("v1", "Namespace", "gpu-system", {
  metadata: { name: "gpu-system", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
});

export const workloads: Record<string, Cases> = {
  "resources-set": {
    passes: { "every kind of workload": every, "an EventListener": [listener] },
    fails: {
      ...failing(deployment, {
        nothing: [{ [`${CONTAINER}.resources`]: undefined }, "has no requests.cpu, requests.memory, limits.memory"],
        "no limit of memory": [
          { [`${CONTAINER}.resources.limits`]: undefined },
          "container server has no limits.memory",
        ],
      }),
      ...failing(task, {
        "a step": [{ "spec.steps.0.computeResources": undefined }, "step detect has no requests.cpu"],
        "a sidecar": [{ "spec.sidecars.0.computeResources.requests": {} }, "sidecar cache has no requests.cpu"],
      }),
      ...failing(bare, { "a pod": [{ "spec.containers.0.resources": {} }, "container server has no"] }),
      ...failing(listener, {
        "an EventListener": [{ "spec.resources": {} }, "its container has no requests and limits"],
      }),
    },
  },
  "probes-set": {
    passes: {
      "every kind of workload": every,
      "an agent of the nodes": [nodeAgent],
      "what does not serve": [changed(job, { [`${CONTAINER}.readinessProbe`]: undefined })],
      "an operator's": [
        changed(deployment, { "metadata.namespace": "tekton-pipelines", [`${CONTAINER}.livenessProbe`]: undefined }),
      ],
    },
    fails: {
      ...failing(deployment, {
        "no readiness": [{ [`${CONTAINER}.readinessProbe`]: undefined }, "container server has no readinessProbe"],
        "no liveness": [{ [`${CONTAINER}.livenessProbe`]: undefined }, "container server has no livenessProbe"],
      }),
    },
  },
  "pods-restricted": {
    passes: {
      "every kind of workload": every,
      "an agent of the nodes": [agents, nodeAgent],
      "settings of the pod": [
        changed(deployment, {
          [`${CONTAINER}.securityContext`]: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          [`${POD}.securityContext`]: confined,
        }),
      ],
      "a namespace that enforces it": [namespace],
    },
    fails: {
      ...failing(deployment, {
        "as root, perhaps": [
          { [`${CONTAINER}.securityContext.runAsNonRoot`]: undefined },
          "container server may run as root",
        ],
        "as user 0": [{ [`${CONTAINER}.securityContext.runAsUser`]: 0 }, "container server runs as user 0"],
        "more privileges": [{ [`${CONTAINER}.securityContext.allowPrivilegeEscalation`]: true }, "may gain privileges"],
        "all privileges": [{ [`${CONTAINER}.securityContext.privileged`]: true }, "is privileged"],
        "kept capabilities": [
          { [`${CONTAINER}.securityContext.capabilities`]: { drop: ["NET_RAW"] } },
          "keeps capabilities",
        ],
        "added capabilities": [{ [`${CONTAINER}.securityContext.capabilities.add`]: ["SYS_ADMIN"] }, "adds SYS_ADMIN"],
        "no seccomp profile": [{ [`${CONTAINER}.securityContext.seccompProfile`]: undefined }, "no seccomp profile"],
        "an unconfined profile": [
          { [`${CONTAINER}.securityContext.seccompProfile.type`]: "Unconfined" },
          "no seccomp profile",
        ],
      }),
      ...failing(task, { "a step": [{ "spec.steps.0.securityContext": {} }, "step detect may run as root"] }),
      ...failing(trigger, {
        "a run": [{ [`${RUN}.taskRunTemplate.podTemplate`]: {} }, "spec.taskRunTemplate may run as root"],
        "one task of a run": [
          { [`${RUN}.taskRunSpecs`]: [{ pipelineTaskName: "look", podTemplate: { nodeSelector: {} } }] },
          "spec.taskRunSpecs.0 may run as root",
        ],
      }),
      ...failing(namespace, {
        "a namespace that enforces less": [
          { "metadata.labels": { "pod-security.kubernetes.io/enforce": "baseline" } },
          "it enforces the level baseline",
        ],
        "a namespace that enforces nothing": [{ "metadata.labels": undefined }, "it enforces the level privileged"],
      }),
    },
  },
  "no-host-access": {
    passes: { "every kind of workload": every, "an agent of the nodes": [nodeAgent] },
    fails: {
      ...failing(deployment, {
        "the node's network": [{ [`${POD}.hostNetwork`]: true }, "it has hostNetwork"],
        "the node's processes": [{ [`${POD}.hostPID`]: true }, "it has hostPID"],
        "a path of the node": [
          { [`${POD}.volumes`]: [{ name: "etc", hostPath: { path: "/etc" } }] },
          "volume etc is a path",
        ],
        "a port of the node": [
          { [`${CONTAINER}.ports`]: [{ hostPort: 80 }] },
          "container server takes a port of the node",
        ],
      }),
      ...failing(task, {
        "a Task's path of the node": [
          { "spec.volumes": [{ name: "etc", hostPath: { path: "/etc" } }] },
          "volume etc is",
        ],
      }),
      ...failing(trigger, {
        "a run on the node's network": [
          { [`${RUN}.taskRunTemplate.podTemplate.hostNetwork`]: true },
          "it has hostNetwork",
        ],
      }),
    },
  },
  "own-service-account": {
    passes: { "every kind of workload": every },
    fails: {
      ...failing(deployment, {
        none: [{ [`${POD}.serviceAccountName`]: undefined }, "spec.template.spec has the default ServiceAccount"],
        "the default by name": [{ [`${POD}.serviceAccountName`]: "default" }, "the default ServiceAccount"],
      }),
      ...failing(trigger, {
        "a run without": [
          { [`${RUN}.taskRunTemplate.serviceAccountName`]: undefined },
          "has the default ServiceAccount",
        ],
      }),
    },
  },
  "replicas-spread": {
    passes: {
      "a constraint": [replicas],
      "an affinity": [
        changed(replicas, {
          [`${POD}.topologySpreadConstraints`]: undefined,
          [`${POD}.affinity`]: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
        }),
      ],
      "a single pod": [deployment],
    },
    fails: {
      ...failing(replicas, {
        nothing: [{ [`${POD}.topologySpreadConstraints`]: undefined }, "nothing keeps its pods apart"],
      }),
      "pods of an autoscaler": {
        given: [changed(deployment, { "spec.replicas": undefined }), scaler],
        says: "nothing keeps",
      },
    },
  },
  "disruption-budgets": {
    passes: { "a budget that selects them": [replicas, budget], "a single pod": [deployment] },
    fails: {
      none: { given: [replicas], says: "no PodDisruptionBudget selects its pods" },
      "a budget for others": {
        given: [replicas, changed(budget, { "spec.selector.matchLabels": { app: "other" } })],
        says: "no PodDisruptionBudget",
      },
      "a budget in another namespace": {
        given: [replicas, changed(budget, { "metadata.namespace": "other" })],
        says: "no PodDisruptionBudget",
      },
      "an autoscaler's pods": { given: [deployment, scaler], says: "no PodDisruptionBudget" },
    },
  },
};
