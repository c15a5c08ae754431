import { namespaces } from "../components/names";
import type { Environment } from "../config";
import type { GpuConfig } from "../config/schema-gpu";
import { queueOf } from "../pipelines/gpu";
import type { Access } from "./cluster";

/** What Pulumi does with each object in the course of up, refresh and destroy. */
export const VERBS = ["get", "list", "watch", "create", "patch", "delete"] as const;

type Resource = Pick<Access, "group" | "resource" | "namespace">;

const inNamespace = (namespace: string, group: string, ...resources: string[]): Resource[] =>
  resources.map((resource) => ({ group, resource, namespace }));
const clusterWide = (group: string, ...resources: string[]): Resource[] =>
  resources.map((resource) => ({ group, resource }));

/** Every resource that the program makes objects of, where it makes them. */
export function resourcesOf({
  tekton,
  gpu,
  tls,
  monitoring,
  buckets,
  database,
  pipelines: config,
}: Environment): Resource[] {
  const { data, pipelines, tekton: system } = namespaces;
  const rbac = "rbac.authorization.k8s.io";
  const both = (namespace: string) => [
    ...inNamespace(namespace, "", "secrets", "serviceaccounts"),
    ...inNamespace(namespace, "networking.k8s.io", "networkpolicies"),
  ];
  return [
    ...clusterWide("", "namespaces"),
    ...clusterWide(rbac, "clusterroles", "clusterrolebindings"),
    ...both(data),
    ...inNamespace(data, "", "services", "configmaps"),
    ...inNamespace(data, "apps", "statefulsets", "deployments"),
    ...inNamespace(data, "batch", "jobs"),
    ...inNamespace(data, "policy", "poddisruptionbudgets"),
    ...inNamespace(data, "cert-manager.io", "certificates"),
    ...(Object.values(buckets).some(({ retainDays }) => retainDays) ? inNamespace(data, "batch", "cronjobs") : []),
    ...(monitoring.namespace ? inNamespace(data, "monitoring.coreos.com", "servicemonitors", "prometheusrules") : []),
    ...(database.backend === "cloudnative-pg"
      ? clusterResources(data, !!monitoring.namespace)
      : standaloneResources(data, database)),
    ...both(pipelines),
    ...inNamespace(pipelines, "cert-manager.io", "certificates"),
    ...inNamespace(pipelines, rbac, "roles", "rolebindings"),
    ...inNamespace(pipelines, "batch", "cronjobs"),
    ...inNamespace(pipelines, "tekton.dev", "tasks", "pipelines"),
    ...inNamespace(pipelines, "triggers.tekton.dev", "eventlisteners", "triggerbindings", "triggertemplates"),
    ...(tekton.install ? tektonResources(system, rbac) : []),
    ...(tls.ca ? issuerResources() : []),
    ...(tls.installCertManager ? certManagerResources(rbac) : []),
    ...gpuResources(gpu),
    ...queueResources(pipelines, queueOf({ config, gpu })),
  ];
}

function issuerResources(): Resource[] {
  return [...clusterWide("cert-manager.io", "clusterissuers"), ...inNamespace(namespaces.certManager, "", "secrets")];
}

function certManagerResources(rbac: string): Resource[] {
  const { certManager, data, pipelines } = namespaces;
  return [
    ...clusterWide("apiextensions.k8s.io", "customresourcedefinitions"),
    ...inNamespace(certManager, "", "serviceaccounts"),
    ...inNamespace(certManager, "apps", "deployments"),
    ...inNamespace(certManager, "networking.k8s.io", "networkpolicies"),
    ...[data, pipelines].flatMap((namespace) => inNamespace(namespace, rbac, "rolebindings")),
  ];
}

function gpuResources({
  backend,
  machines,
  devicePlugin,
  operatorNamespace,
  runtimeClass,
  sharing,
}: GpuConfig): Resource[] {
  if (backend === "none") return [];
  const toldOperator = devicePlugin === "operator" && sharing.mode !== "none";
  return [
    ...(backend === "karpenter" ? clusterWide("karpenter.sh", "nodepools") : []),
    ...(machines ? inNamespace(machines.namespace, "cluster.x-k8s.io", "machinedeployments") : []),
    ...(toldOperator ? inNamespace(operatorNamespace, "", "configmaps") : []),
    ...(devicePlugin === "plugin" ? pluginResources(runtimeClass !== undefined) : []),
  ];
}

function pluginResources(runtimeClass: boolean): Resource[] {
  return [
    ...(runtimeClass ? clusterWide("node.k8s.io", "runtimeclasses") : []),
    ...inNamespace(namespaces.gpu, "", "configmaps"),
    ...inNamespace(namespaces.gpu, "apps", "daemonsets"),
    ...inNamespace(namespaces.gpu, "networking.k8s.io", "networkpolicies"),
  ];
}

function queueResources(namespace: string, queue: ReturnType<typeof queueOf>): Resource[] {
  if (queue === "tekton") return inNamespace(namespace, "apps", "deployments");
  if (queue === undefined) return [];
  const group = "kueue.x-k8s.io";
  return [...clusterWide(group, "resourceflavors", "clusterqueues"), ...inNamespace(namespace, group, "localqueues")];
}

function clusterResources(data: string, monitored: boolean): Resource[] {
  return [
    ...inNamespace(data, "postgresql.cnpg.io", "clusters", "poolers", "scheduledbackups"),
    ...inNamespace(data, "barmancloud.cnpg.io", "objectstores"),
    ...(monitored ? inNamespace(data, "monitoring.coreos.com", "podmonitors") : []),
  ];
}

function standaloneResources(data: string, { backup }: Environment["database"]): Resource[] {
  return [
    ...inNamespace(data, "batch", "cronjobs"),
    ...(backup.bucket ? [] : inNamespace(data, "", "persistentvolumeclaims")),
  ];
}

function tektonResources(system: string, rbac: string): Resource[] {
  return [
    ...clusterWide("apiextensions.k8s.io", "customresourcedefinitions"),
    ...clusterWide("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
    ...clusterWide("triggers.tekton.dev", "clusterinterceptors"),
    ...inNamespace(system, "", "configmaps", "secrets", "serviceaccounts", "services"),
    ...inNamespace(system, "apps", "deployments"),
    ...inNamespace(system, "autoscaling", "horizontalpodautoscalers"),
    ...inNamespace(system, "networking.k8s.io", "networkpolicies"),
    ...inNamespace(system, rbac, "roles", "rolebindings"),
  ];
}

/** What is done with objects that are not the program's own. */
export function othersOf({ gpu }: Environment): Access[] {
  if (gpu.backend !== "existing") return [];
  return gpu.nodes.map((name) => ({ verb: "patch", group: "", resource: "nodes", name }));
}

/** Whoever makes a role or a binding must have every right in the role, or these. */
export function beyondOwnOf(environment: Environment): Access[] {
  return resourcesOf(environment)
    .filter(({ resource }) => resource === "roles" || resource === "clusterroles")
    .flatMap((resource) => ["escalate", "bind"].map((verb) => ({ verb, ...resource })));
}
