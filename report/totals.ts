/** What a stack takes of a cluster, and by how much a plan changes that. */
import { kindOf } from "../policies/readers/kubernetes";
import { podTemplates } from "../policies/readers/pods";
import { bytesOfQuantity } from "../policies/readers/quantity";
import type { Resource } from "../policies/readers/resource";
import { at, entry, list, number, text } from "../policies/readers/values";
import { GPU } from "../policies/settings";
import { type Plan, resourcesAt } from "./plan";

export interface Totals {
  /** Volumes that the object store keeps objects on. */
  readonly drives: number;
  /** All volumes that stay, in GiB: drives, queues, the database, backups. */
  readonly volumeGiB: number;
  /** Most GPUs that the lake's nodes have, or its servers ask for, at a time. */
  readonly gpus: number;
  /** What pods that run all the time ask for. */
  readonly cores: number;
  readonly memoryGiB: number;
}

export const NOTHING: Totals = { drives: 0, volumeGiB: 0, gpus: 0, cores: 0, memoryGiB: 0 };

const GIB = 2 ** 30;
const gib = (quantity: unknown) => (bytesOfQuantity(text(quantity) ?? "") ?? 0) / GIB;

/** Cores of a CPU quantity: `250m` or `4`. */
function coresOf(quantity: unknown): number {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(String(quantity ?? ""));
  return match ? Number(match[1]) / (match[2] ? 1000 : 1) : 0;
}

export function add(a: Totals, b: Totals): Totals {
  return {
    drives: a.drives + b.drives,
    volumeGiB: a.volumeGiB + b.volumeGiB,
    gpus: a.gpus + b.gpus,
    cores: a.cores + b.cores,
    memoryGiB: a.memoryGiB + b.memoryGiB,
  };
}

/** What one resource takes, its replicas together. */
export function totalsOf(resource: Resource): Totals {
  const { props } = resource;
  const kind = kindOf(resource);
  const requested = (requests: unknown, times: number): Totals => ({
    ...NOTHING,
    cores: coresOf(at(requests, "cpu")) * times,
    memoryGiB: gib(at(requests, "memory")) * times,
    gpus: (number(Number(entry(requests, GPU.resource) ?? 0)) ?? 0) * times,
  });
  if (kind === "PersistentVolumeClaim")
    return { ...NOTHING, volumeGiB: gib(at(props, "spec.resources.requests.storage")) };
  if (kind === "Cluster") {
    const instances = number(at(props, "spec.instances")) ?? 1;
    const volumeGiB = (gib(at(props, "spec.storage.size")) + gib(at(props, "spec.walStorage.size"))) * instances;
    return { ...requested(at(props, "spec.resources.requests"), instances), volumeGiB };
  }
  if (kind === "NodePool") return { ...NOTHING, gpus: Number(entry(at(props, "spec.limits"), GPU.resource) ?? 0) };
  if (kind === "MachineDeployment") {
    // What the cluster autoscaler reads: the most machines, and what each has.
    const annotation = (key: string) => Number(entry(at(props, "metadata.annotations"), key) ?? 0);
    const machines = annotation("cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size");
    return { ...NOTHING, gpus: machines * annotation("capacity.cluster-autoscaler.kubernetes.io/gpu-count") };
  }
  if (kind !== "StatefulSet" && kind !== "Deployment") return NOTHING;
  const replicas = number(at(props, "spec.replicas")) ?? 1;
  const [pod] = podTemplates(resource);
  const running = (pod?.containers ?? []).filter(({ passing }) => !passing);
  const servers = running.map(({ resources }) => requested(at(resources, "requests"), replicas)).reduce(add, NOTHING);
  const claims = list(at(props, "spec.volumeClaimTemplates"));
  const drives = claims.filter((claim) => text(at(claim, "metadata.name"))?.startsWith("drive-")).length * replicas;
  const size = claims.reduce<number>((sum, claim) => sum + gib(at(claim, "spec.resources.requests.storage")), 0);
  return { ...servers, drives, volumeGiB: size * replicas };
}

/** What the whole stack takes before and after. */
export function totalsAt(plan: Plan, side: "before" | "after"): Totals {
  return resourcesAt(plan, side).map(totalsOf).reduce(add, NOTHING);
}
