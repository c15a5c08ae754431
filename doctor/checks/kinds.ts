import type { Environment } from "../../config";
import { queueOf } from "../../pipelines/gpu";
import { type Check, type Finding, fail, ok } from "../check";
import type { ClusterReader } from "../cluster";

/** A kind that somebody else's operator defines, and the environment declares objects of. */
export interface KindNeed {
  readonly operator: string;
  /** API group and version, such as `tekton.dev/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Which key of the config asks for it. */
  readonly because: string;
  readonly mend: string;
}

/** What the environment relies on and does not install: one line for each kind. */
export function kindNeeds({ tekton, gpu, tls, monitoring, database, pipelines }: Environment): KindNeed[] {
  const needs: KindNeed[] = [];
  if (!tls.installCertManager) {
    const because = "tls.installCertManager is false";
    const mend = "install cert-manager, or set tls.installCertManager to true where the lake has the cluster to itself";
    for (const kind of ["Certificate", "ClusterIssuer"]) {
      needs.push({ operator: "cert-manager", apiVersion: "cert-manager.io/v1", kind, because, mend });
    }
  }
  if (!tekton.install) {
    const because = "tekton.install is false";
    const mend = "install Tekton Pipelines and Triggers, or set tekton.install to true";
    for (const kind of ["Task", "Pipeline", "PipelineRun"]) {
      needs.push({ operator: "Tekton Pipelines", apiVersion: "tekton.dev/v1", kind, because, mend });
    }
    for (const kind of ["EventListener", "TriggerBinding", "TriggerTemplate"]) {
      needs.push({ operator: "Tekton Triggers", apiVersion: "triggers.tekton.dev/v1beta1", kind, because, mend });
    }
  }
  if (gpu.backend === "karpenter") {
    const because = "gpu.backend is karpenter";
    const mend = "install Karpenter 1.0 or newer with your cloud's provider";
    needs.push({ operator: "Karpenter", apiVersion: "karpenter.sh/v1", kind: "NodePool", because, mend });
  }
  if (gpu.backend === "cluster-api") {
    const because = "gpu.backend is cluster-api";
    const mend = "install Cluster API 1.11 or newer, and have the cluster manage itself";
    const apiVersion = "cluster.x-k8s.io/v1beta2";
    needs.push({ operator: "Cluster API", apiVersion, kind: "MachineDeployment", because, mend });
  }
  if (queueOf({ config: pipelines, gpu }) === "kueue") {
    const because = "gpu.queue.backend is kueue";
    const mend = "install Kueue 0.15 or newer and tekton-kueue, or set gpu.queue.backend to tekton";
    for (const kind of ["ResourceFlavor", "ClusterQueue", "LocalQueue"]) {
      needs.push({ operator: "Kueue", apiVersion: "kueue.x-k8s.io/v1beta2", kind, because, mend });
    }
  }
  if (monitoring.namespace) {
    const because = "monitoring.namespace is given";
    const mend = "install Prometheus' operator, or leave monitoring out";
    const ofDatabase = database.backend === "cloudnative-pg" ? ["PodMonitor"] : [];
    for (const kind of ["ServiceMonitor", "PrometheusRule", ...ofDatabase]) {
      needs.push({ operator: "Prometheus", apiVersion: "monitoring.coreos.com/v1", kind, because, mend });
    }
  }
  if (database.backend === "cloudnative-pg") {
    const because = "database.backend is cloudnative-pg";
    const need = (operator: string, apiVersion: string, kind: string, mend: string) =>
      needs.push({ operator, apiVersion, kind, because, mend });
    for (const kind of ["Cluster", "Pooler", "ScheduledBackup"]) {
      need("CloudNativePG", "postgresql.cnpg.io/v1", kind, "install CloudNativePG 1.26 or newer");
    }
    const plugin = "install CloudNativePG's plugin barman-cloud, and cert-manager, which it needs";
    need("The plugin barman-cloud", "barmancloud.cnpg.io/v1", "ObjectStore", plugin);
  }
  return needs;
}

/** Operators by the kinds and versions that they serve: an object of any other is refused by the API server. */
export const kinds: Check = {
  title: "operators",
  asksCluster: true,
  async run({ environment, cluster }) {
    const needs = kindNeeds(environment);
    const served = await Promise.all(needs.map((need) => isServed(cluster, need)));
    const operators = [...new Set(needs.map(({ operator }) => operator))];
    return operators.map((operator) => {
      const own = needs.filter((need) => need.operator === operator);
      return judgeKinds(
        operator,
        own,
        own.filter((need) => !served[needs.indexOf(need)]),
      );
    });
  },
};

async function isServed(cluster: ClusterReader, { apiVersion, kind }: KindNeed): Promise<boolean> {
  const list = await cluster.get<{ resources: { kind: string }[] }>(`/apis/${apiVersion}`);
  return list?.resources.some((resource) => resource.kind === kind) ?? false;
}

export function judgeKinds(operator: string, needs: readonly KindNeed[], missing: readonly KindNeed[]): Finding {
  const names = (of: readonly KindNeed[]) => of.map(({ kind }) => kind).join(", ");
  const [first] = needs;
  if (missing.length === 0) return ok(`${operator} serves ${names(needs)} in ${first!.apiVersion}`);
  const what = `${operator} does not serve ${names(missing)} in ${first!.apiVersion} (${first!.because})`;
  return fail(what, first!.mend);
}
