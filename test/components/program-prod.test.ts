import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { violations } from "../policies/stack";
import { namesOf, one, type Recorded, record, stackValues } from "./recorder";

vi.mock("../../sandbox/toolchain/manifests", () => ({ manifests: (set: string) => join(__dirname, "manifests", set) }));

let recorded: Recorded[];
beforeAll(async () => {
  recorded = await record(() => import("../../index.js"), { stack: "prod", values: stackValues("prod") });
}, 120_000);

describe("what holds data", () => {
  test("is protected, and kept when it leaves the program", () => {
    const kinds = [
      "minio:index/s3Bucket:S3Bucket",
      "postgresql:index/database:Database",
      "postgresql:index/schema:Schema",
      "kubernetes:apps/v1:StatefulSet",
    ];
    const holders = recorded.filter(({ type }) => kinds.includes(type));
    expect(holders).toHaveLength(8);
    for (const { name, options } of holders) {
      expect(options, name).toMatchObject({ protect: true, retainOnDelete: true });
    }
    for (const { inputs } of holders.filter(({ type }) => type === kinds[0])) expect(inputs.forceDestroy).toBe(false);
  });

  test("stays on its volumes when a StatefulSet goes", () => {
    for (const name of ["data-lake-p0", "postgis"]) {
      expect(one(recorded, "kubernetes:apps/v1:StatefulSet", name).inputs.spec).toMatchObject({
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      });
    }
  });
});

test("pods of the object store never share a node", () => {
  const { spec } = one(recorded, "kubernetes:apps/v1:StatefulSet", "data-lake-p0").inputs as never as {
    spec: { template: { spec: { topologySpreadConstraints: object[] } } };
  };
  expect(spec.template.spec.topologySpreadConstraints).toMatchObject([
    { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", maxSkew: 1 },
  ]);
});

test("only the addresses that the config allows reach the servers from outside, with its own addresses", () => {
  for (const name of ["data-lake", "postgis"]) {
    expect(one(recorded, "kubernetes:core/v1:Service", name).inputs.spec).toMatchObject({
      type: "LoadBalancer",
      loadBalancerSourceRanges: ["10.0.0.0/8"],
      externalTrafficPolicy: "Local",
    });
    // biome-ignore lint/suspicious/noExplicitAny: a NetworkPolicy's spec
    const { ingress } = one(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy", name).inputs.spec as any;
    const blocks = ingress[0].from.filter((peer: object) => "ipBlock" in peer);
    expect(blocks).toEqual([{ ipBlock: { cidr: "10.0.0.0/8" } }]);
  }
});

test("the providers check certificates", () => {
  const minio = recorded.find(({ type }) => type === "pulumi:providers:minio");
  expect(minio?.inputs).toMatchObject({ minioServer: "lake.example.org:9000", minioSsl: "true" });
  const database = recorded.find(({ type }) => type === "pulumi:providers:postgresql");
  expect(database?.inputs).toMatchObject({ sslmode: "verify-full" });
});

test("the organisation's issuer signs, and nothing of cert-manager is installed", () => {
  const { spec } = one(recorded, "kubernetes:cert-manager.io/v1:Certificate", "data-lake").inputs;
  expect(spec).toMatchObject({
    dnsNames: expect.arrayContaining(["lake.example.org"]),
    issuerRef: { name: "example-org", kind: "ClusterIssuer", group: "cert-manager.io" },
  });
  expect(namesOf(recorded, "kubernetes:core/v1:Namespace")).not.toContain("cert-manager");
  expect(namesOf(recorded, "kubernetes:cert-manager.io/v1:ClusterIssuer")).toEqual([]);
});

test("nobody removes a version of a photo for 90 days, and a Job looks whether it is so", () => {
  const type = "minio:index/s3Bucket:S3Bucket";
  expect(one(recorded, type, "drone-raw").inputs).toMatchObject({ objectLocking: true });
  expect(one(recorded, type, "drone-ortho").inputs).toMatchObject({ objectLocking: false });
  // A bucket with locks is versioned, and a resource that says so again fails.
  const versioned = namesOf(recorded, "minio:index/s3BucketVersioning:S3BucketVersioning");
  expect(versioned.sort()).toEqual(["ai-models", "ai-results", "drone-ortho"]);
  for (const kind of ["Job", "CronJob"]) {
    const { spec } = one(recorded, `kubernetes:batch/v1:${kind}`, "retention").inputs;
    expect(JSON.stringify(spec)).toContain('{"name":"RULES","value":"drone-raw=90"}');
  }
});

test("results may take 500 GiB, and photos all that there is", () => {
  const type = "minio:index/s3Bucket:S3Bucket";
  expect(one(recorded, type, "ai-results").inputs.quota).toBe(500 * 2 ** 30);
  expect(one(recorded, type, "drone-raw").inputs).not.toHaveProperty("quota");
});

test("Prometheus' operator finds what to watch, and Prometheus is let in with a token of its own", () => {
  const type = "kubernetes:monitoring.coreos.com/v1";
  const { metadata, spec } = one(recorded, `${type}:ServiceMonitor`, "monitoring-monitor").inputs;
  expect(metadata).toMatchObject({ labels: { release: "kube-prometheus-stack" } });
  const peers = one(recorded, "kubernetes:core/v1:Service", "data-lake-hl").inputs.metadata as { labels: object };
  expect(spec).toMatchObject({
    selector: { matchLabels: peers.labels },
    endpoints: [{ scheme: "https", authorization: { credentials: { name: "data-lake-metrics", key: "token" } } }],
  });
  const policy = one(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "data-lake").inputs.spec;
  expect(policy).toMatchObject({
    ingress: [
      {
        from: expect.arrayContaining([
          { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
        ]),
      },
    ],
  });
});

test("GPU nodes are labelled, keep everything else away, and are at most as many as the config says", () => {
  expect(one(recorded, "kubernetes:karpenter.sh/v1:NodePool", "gpu").inputs.spec).toMatchObject({
    limits: { "nvidia.com/gpu": "2" },
    template: {
      metadata: { labels: { "drone-lake/gpu-pool": "true" } },
      spec: {
        nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "gpu" },
        taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
      },
    },
  });
});

test("prod keeps every policy but those that the program cannot keep yet", () => {
  expect(violations("prod", recorded, "mandatory")).toEqual([]);
  expect(violations("prod", recorded, "advisory")).toEqual([
    "exposed-endpoints-tls: kubernetes:core/v1:Service postgis: no pod behind it has a certificate",
  ]);
});

test("detections wait for a GPU in a queue that talks to the API server alone", () => {
  const queue = "pipelines-gpu-queue";
  // biome-ignore lint/suspicious/noExplicitAny: a Deployment's spec
  const { spec } = (one(recorded, "kubernetes:apps/v1:Deployment", queue).inputs.spec as any).template;
  expect(spec.containers[0].command).toEqual(["dronelake", "queue"]);
  expect(spec.containers[0].env).toContainEqual({ name: "GPU_QUOTA", value: "2" });
  expect(one(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy", queue).inputs.spec).toMatchObject({
    policyTypes: ["Egress"],
    egress: [{ ports: [{ port: 443 }, { port: 6443 }] }],
  });
  expect(one(recorded, "kubernetes:rbac.authorization.k8s.io/v1:Role", `${queue}-gpu-queue`).inputs).toMatchObject({
    rules: [{ resources: ["pipelineruns"], verbs: ["get", "list", "watch", "patch"] }],
  });
});
