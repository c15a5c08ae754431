import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { GpuPool } from "../../components/gpu-pool";
import { environment } from "../config/values";
import { namesOf, one, type Recorded, record } from "./recorder";

const machines = {
  cluster: "lake",
  namespace: "clusters",
  version: "v1.34.1",
  bootstrap: { name: "gpu" },
  infrastructure: { kind: "OpenStackMachineTemplate", name: "gpu" },
  cpu: 16,
  memoryGiB: 64,
};
const time = { mode: "time-slicing", replicas: 4 };
const existing = { backend: "existing", nodes: ["gpu-1", "gpu-2"] };

/** Pools by the name that each is declared under. */
const pools: Record<string, object> = {
  plain: { ...existing, runtimeClass: "nvidia" },
  plugin: { ...existing, devicePlugin: "plugin", runtimeClass: "nvidia", sharing: time },
  mig: { ...existing, devicePlugin: "plugin", sharing: { mode: "mig", profile: "1g.10gb", partsPerGpu: 7 } },
  operator: {
    ...existing,
    devicePlugin: "operator",
    sharing: { mode: "mig", profile: "1g.10gb", partsPerGpu: 7 },
  },
  machines: { backend: "cluster-api", gpusPerNode: 2, maxNodes: 3, machines },
  propagated: { backend: "cluster-api", machines: { ...machines, propagateTaints: true } },
};

let recorded: Recorded[];
// biome-ignore lint/suspicious/noExplicitAny: the inputs depend on the type
const inputs = (type: string, name: string): any => one(recorded, `kubernetes:${type}`, name).inputs;

beforeAll(async () => {
  recorded = await record(() => {
    for (const [name, gpu] of Object.entries(pools)) {
      new GpuPool(name, { config: environment({ gpu }).gpu, image: "plugin:1", labels: { owner: "us" } });
    }
  });
});

test("existing nodes are labelled, and keep everything that needs no GPU away", () => {
  for (const node of ["gpu-1", "gpu-2"]) {
    expect(inputs("core/v1:NodePatch", `plain-${node}`)).toMatchObject({
      metadata: { name: node, labels: { "drone-lake/gpu-pool": "true" } },
      spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
    });
  }
});

describe("machines of Cluster API", () => {
  const deployment = (name: string) => inputs("cluster.x-k8s.io/v1beta2:MachineDeployment", name);

  test("are started from none, as many as the config says, and the autoscaler knows what they will be like", () => {
    const { metadata, spec } = deployment("machines");
    expect(spec).not.toHaveProperty("replicas");
    expect(metadata).toMatchObject({
      namespace: "clusters",
      annotations: {
        "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "0",
        "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "3",
        "capacity.cluster-autoscaler.kubernetes.io/cpu": "16",
        "capacity.cluster-autoscaler.kubernetes.io/memory": "64Gi",
        "capacity.cluster-autoscaler.kubernetes.io/gpu-type": "nvidia.com/gpu",
        "capacity.cluster-autoscaler.kubernetes.io/gpu-count": "2",
        "capacity.cluster-autoscaler.kubernetes.io/labels": "node.cluster.x-k8s.io/drone-lake-gpu-pool=true",
        "capacity.cluster-autoscaler.kubernetes.io/taints": "nvidia.com/gpu=present:NoSchedule",
      },
    });
  });

  test("get their label by a domain that Cluster API hands on, and their taint only where it can", () => {
    const { template } = deployment("machines").spec;
    expect(template.metadata.labels).toMatchObject({ "node.cluster.x-k8s.io/drone-lake-gpu-pool": "true" });
    expect(template.spec).not.toHaveProperty("taints");
    expect(deployment("propagated").spec.template.spec.taints).toEqual([
      { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule", propagation: "Always" },
    ]);
  });
});

describe("the device plugin", () => {
  const pod = (name: string) => inputs("apps/v1:DaemonSet", `${name}-plugin`).spec.template;

  test("is declared only where the config asks for it", () => {
    expect(namesOf(recorded, "kubernetes:apps/v1:DaemonSet")).toEqual(["plugin-plugin", "mig-plugin"]);
    // A pool without it takes the RuntimeClass for one that the cluster has.
    expect(namesOf(recorded, "kubernetes:node.k8s.io/v1:RuntimeClass")).toEqual(["plugin-plugin"]);
  });

  test("runs on the pool alone, with no right but to the kubelet's folder", () => {
    const { spec } = pod("plugin");
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      nodeSelector: { "drone-lake/gpu-pool": "true" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      runtimeClassName: "nvidia",
    });
    expect(spec.containers[0]).toMatchObject({
      image: "plugin:1",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    });
    const folders = spec.volumes.flatMap(({ hostPath }: { hostPath?: object }) => hostPath ?? []);
    expect(folders).toEqual([{ path: "/var/lib/kubelet/device-plugins", type: "Directory" }]);
  });

  test("shares a GPU as the config says", () => {
    const settings = (name: string) => parse(inputs("core/v1:ConfigMap", `${name}-plugin-sharing`).data.pool);
    expect(settings("plugin")).toEqual({
      version: "v1",
      sharing: {
        timeSlicing: { failRequestsGreaterThanOne: true, resources: [{ name: "nvidia.com/gpu", replicas: 4 }] },
      },
    });
    expect(settings("mig")).toEqual({ version: "v1", flags: { migStrategy: "single" } });
    expect(pod("mig").spec.containers[0].securityContext.capabilities.add).toEqual(["SYS_ADMIN"]);
  });

  test("starts anew with other settings, which it reads only once", () => {
    expect(pod("plugin").metadata.annotations).not.toEqual(pod("mig").metadata.annotations);
  });

  test("of NVIDIA's operator is told by a ConfigMap in its namespace and by labels of the nodes", () => {
    expect(inputs("core/v1:ConfigMap", "operator-plugin-sharing").metadata.namespace).toBe("gpu-operator");
    expect(inputs("core/v1:NodePatch", "operator-gpu-1").metadata.labels).toEqual({
      "drone-lake/gpu-pool": "true",
      "nvidia.com/device-plugin.config": "pool",
      "nvidia.com/mig.config": "all-1g.10gb",
    });
  });
});
