/** Fields that the server refuses to change, by kind: a change of one replaces the object. */
import { type Path, parsePath, underPattern } from "../shared/paths";
import type { GroupVersionKind, KubeObject } from "./objects";
import type { Settings } from "./settings";

const IDENTITY = ["metadata.name", "metadata.namespace"];

const VOLUME_SOURCES = [
  ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"],
  ...["gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume"],
  ...["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
];
const POD_SPEC = [
  ...[
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
  ],
  ...[
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
  ],
  ...["priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName"],
  ...["securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain"],
  ...["terminationGracePeriodSeconds", "volumes", "containers", "initContainers"],
];
const spec = (...fields: string[]) => fields.map((field) => `spec.${field}`);

/** By `<apiVersion>/<kind>`. The official plugin's table, and fields that it sends although the server always refuses them. */
const IMMUTABLE: Record<string, string[]> = {
  "apps/v1/DaemonSet": spec("selector"),
  "apps/v1/Deployment": spec("selector"),
  "apps/v1/StatefulSet": spec(
    "podManagementPolicy",
    "revisionHistoryLimit",
    "selector",
    "serviceName",
    "volumeClaimTemplates",
  ),
  "batch/v1/Job": spec("completions", "completionMode", "parallelism", "selector", "template"),
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "scheduling.k8s.io/v1/PriorityClass": ["value", "preemptionPolicy"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
  "v1/PersistentVolume": spec(...VOLUME_SOURCES),
  "v1/PersistentVolumeClaim": spec(
    "accessModes",
    "dataSource",
    "selector",
    "storageClassName",
    "volumeMode",
    "volumeName",
  ),
  "v1/Pod": spec(...POD_SPEC),
  "v1/ResourceQuota": spec("scopes"),
  "v1/Secret": ["type"],
  "v1/Service": spec("clusterIP"),
};

type Mutability = Pick<Settings, "enableConfigMapMutable" | "enableSecretMutable">;

function dataFields(object: KubeObject, settings: Mutability): string[] {
  if (object.apiVersion !== "v1") return [];
  if (object.kind === "Secret" && (!settings.enableSecretMutable || object.immutable === true))
    return ["data", "stringData"];
  if (object.kind === "ConfigMap" && (!settings.enableConfigMapMutable || object.immutable === true))
    return ["data", "binaryData"];
  return [];
}

/** Whether a path is at, under or above one of these fields: a change of a whole `spec` that goes is one of the field too. */
function oneOf(fields: string[]): (path: Path) => boolean {
  const patterns = fields.map(parsePath);
  return (path) =>
    patterns.some((pattern) => underPattern(path, pattern) || (path.length > 0 && underPattern(pattern, path)));
}

/** Whether a change at a path means another object. */
export const isIdentity = oneOf(IDENTITY);

/** Whether a change at a path replaces this object. `object`: its new inputs. */
export function replaceRule(object: KubeObject, settings: Mutability): (path: Path) => boolean {
  return oneOf([...IDENTITY, ...(IMMUTABLE[gvk(object)] ?? []), ...dataFields(object, settings)]);
}

function gvk({ apiVersion, kind }: GroupVersionKind): string {
  return `${apiVersion}/${kind}`;
}
