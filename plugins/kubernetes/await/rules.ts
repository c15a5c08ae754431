/** When an object counts as ready, by kind. The functions only look at what they are given: the object and its related objects. */
import type { Query } from "../client";
import type { GroupVersionKind, KubeObject } from "../objects";
import { condition, isPodReady, podProblems } from "./pods";

export interface Verdict {
  state: "ready" | "waiting" | "failed";
  /** What is there and what is missing. */
  message: string;
  /** A waiting object is ready once nothing about it has changed for so long. */
  settleMs?: number;
}

export interface Rule {
  /** Objects that the verdict also needs, in the namespace of the object (or none, for kinds without). */
  related?(object: KubeObject): (GroupVersionKind & { query: Query }) | undefined;
  judge(object: KubeObject, related: KubeObject[]): Verdict;
}

const READY: Verdict = { state: "ready", message: "ready" };
const waiting = (message: string, settleMs?: number): Verdict => ({
  state: "waiting",
  message,
  ...(settleMs ? { settleMs } : {}),
});
const failed = (message: string): Verdict => ({ state: "failed", message });

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** A label selector in the form that a query takes. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const terms = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of matchExpressions) {
    if (operator === "Exists") terms.push(key);
    else if (operator === "DoesNotExist") terms.push(`!${key}`);
    else terms.push(`${key} ${operator.toLowerCase()} (${values.join(",")})`);
  }
  return terms.join(",");
}

function podsOf(object: KubeObject) {
  const labelSelector = selectorText(object.spec?.selector ?? {});
  return labelSelector ? { apiVersion: "v1", kind: "Pod", query: { labelSelector } } : undefined;
}

/** The first thing that is wrong with any pod, appended to what is being waited for. */
function withPods(message: string, pods: KubeObject[]): Verdict {
  const [problem] = pods.filter((pod) => !pod.metadata.deletionTimestamp).flatMap(podProblems);
  return waiting(problem ? `${message}; ${problem}` : message);
}

/** Whether the controller has not yet looked at the newest spec, so that the status is about an older one. */
function isUnobserved({ metadata, status }: KubeObject): boolean {
  return (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);
}

const deployment: Rule = {
  related: podsOf,
  judge(object, pods) {
    const { spec, status = {} } = object;
    const wanted = spec?.replicas ?? 1;
    if (spec?.paused) return READY;
    const progressing = condition(object, "Progressing");
    if (isUnobserved(object)) return waiting("the rollout has not started");
    if (progressing?.reason === "ProgressDeadlineExceeded") {
      const [problem] = pods.flatMap(podProblems);
      return failed([progressing.message ?? "no progress within the deadline", problem].filter(Boolean).join("; "));
    }
    const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status;
    if (updatedReplicas < wanted) return withPods(`${updatedReplicas} of ${wanted} replicas updated`, pods);
    if (replicas > updatedReplicas) return waiting(`${replicas - updatedReplicas} old replicas are ending`);
    if (availableReplicas < wanted) return withPods(`${availableReplicas} of ${wanted} replicas available`, pods);
    return READY;
  },
};

const statefulSet: Rule = {
  related: podsOf,
  judge(object, pods) {
    const { spec, status = {} } = object;
    const wanted = spec?.replicas ?? 1;
    if (isUnobserved(object)) return waiting("the rollout has not started");
    const { readyReplicas = 0, updatedReplicas = 0, replicas = 0 } = status;
    if (spec?.updateStrategy?.type !== "OnDelete") {
      const due = Math.max(0, wanted - (spec?.updateStrategy?.rollingUpdate?.partition ?? 0));
      if (status.updateRevision !== status.currentRevision && updatedReplicas < due) {
        return withPods(`${updatedReplicas} of ${due} replicas updated`, pods);
      }
    }
    if (readyReplicas < wanted) return withPods(`${readyReplicas} of ${wanted} replicas ready`, pods);
    return replicas > wanted ? waiting(`${replicas - wanted} replicas are ending`) : READY;
  },
};

const daemonSet: Rule = {
  related: podsOf,
  judge(object, pods) {
    const { spec, status = {} } = object;
    if (isUnobserved(object)) return waiting("the rollout has not started");
    const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
    if (spec?.updateStrategy?.type !== "OnDelete" && updatedNumberScheduled < wanted) {
      return withPods(`${updatedNumberScheduled} of ${wanted} pods updated`, pods);
    }
    return numberAvailable < wanted ? withPods(`${numberAvailable} of ${wanted} pods available`, pods) : READY;
  },
};

const job: Rule = {
  related: podsOf,
  judge(object, pods) {
    if (object.spec?.suspend) return READY;
    const failure = condition(object, "Failed");
    if (failure?.status === "True") {
      const problems = pods.flatMap(podProblems);
      return failed([`${failure.reason}: ${failure.message}`, problems[0]].filter(Boolean).join("; "));
    }
    if (condition(object, "Complete")?.status === "True") return READY;
    const { succeeded = 0 } = object.status ?? {};
    return withPods(`${succeeded} of ${object.spec?.completions ?? 1} completions`, pods);
  },
};

const pod: Rule = {
  judge(object) {
    if (isPodReady(object)) return READY;
    const [problem] = podProblems(object);
    if (object.status?.phase === "Failed") return failed(problem ?? "the pod failed");
    return waiting(problem ?? `phase ${object.status?.phase ?? "Pending"}`);
  },
};

/** Endpoints of pods that have not been created yet come within seconds; a service that targets none after this stays so. */
const ENDPOINTS_SETTLE_MS = 10_000;

const service: Rule = {
  related: (object) => {
    const { type, clusterIP, selector } = object.spec ?? {};
    if (type === "ExternalName" || clusterIP === "None" || Object.keys(selector ?? {}).length === 0) return undefined;
    const labelSelector = `kubernetes.io/service-name=${object.metadata.name}`;
    return { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", query: { labelSelector } };
  },
  judge(object, slices) {
    if (object.spec?.type === "LoadBalancer" && !object.status?.loadBalancer?.ingress?.length) {
      return waiting("no address of a load balancer: does the cluster hand them out?");
    }
    if (!service.related?.(object)) return READY;
    const endpoints = slices.flatMap((slice) => (slice.endpoints ?? []) as { conditions?: { ready?: boolean } }[]);
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
    if (ready < endpoints.length) return waiting(`${ready} of ${endpoints.length} endpoints ready`);
    return ready > 0
      ? READY
      : waiting("no endpoints: do the labels of any pod match the selector?", ENDPOINTS_SETTLE_MS);
  },
};

const volumeClaim: Rule = {
  related: ({ spec }) =>
    spec?.storageClassName
      ? {
          apiVersion: "storage.k8s.io/v1",
          kind: "StorageClass",
          query: { fieldSelector: `metadata.name=${spec.storageClassName}` },
        }
      : undefined,
  judge({ spec, status }, [storageClass]) {
    const phase = status?.phase ?? "Pending";
    if (phase === "Bound") return READY;
    // Bound only when a pod uses it, which may wait for this very claim.
    if (storageClass?.volumeBindingMode === "WaitForFirstConsumer") return READY;
    if (phase === "Lost") return failed("the volume is lost");
    return waiting(`phase ${phase}, storage class ${spec?.storageClassName ?? "(none)"}`);
  },
};

const volume: Rule = {
  judge: ({ status }) =>
    ["Available", "Bound"].includes(status?.phase) ? READY : waiting(`phase ${status?.phase ?? "unknown"}`),
};

const definition: Rule = {
  judge(object) {
    const names = condition(object, "NamesAccepted");
    if (names?.status === "False") return failed(names.message ?? "its names are taken");
    return condition(object, "Established")?.status === "True" ? READY : waiting("not established");
  },
};

const ingress: Rule = {
  judge: ({ status }) =>
    status?.loadBalancer?.ingress?.length ? READY : waiting("no address: does an ingress controller serve it?"),
};

const secret: Rule = {
  judge: ({ type, data }) =>
    type !== "kubernetes.io/service-account-token" || data?.token ? READY : waiting("the token has not been issued"),
};

const RULES: Record<string, Rule> = {
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
  "apps/v1/DaemonSet": daemonSet,
  "batch/v1/Job": job,
  "v1/Pod": pod,
  "v1/Service": service,
  "v1/PersistentVolumeClaim": volumeClaim,
  "v1/PersistentVolume": volume,
  "v1/Secret": secret,
  "apiextensions.k8s.io/v1/CustomResourceDefinition": definition,
  "networking.k8s.io/v1/Ingress": ingress,
};

export function ruleFor({ apiVersion, kind }: GroupVersionKind): Rule | undefined {
  return RULES[`${apiVersion}/${kind}`];
}
