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
      "kubernetes:postgresql.cnpg.io/v1:Cluster",
    ];
    const holders = recorded.filter(({ type }) => kinds.includes(type));
    expect(holders).toHaveLength(8);
    for (const { name, options } of holders) {
      expect(options, name).toMatchObject({ protect: true, retainOnDelete: true });
    }
    for (const { inputs } of holders.filter(({ type }) => type === kinds[0])) expect(inputs.forceDestroy).toBe(false);
  });

  test("stays on its volumes when a StatefulSet goes", () => {
    expect(one(recorded, "kubernetes:apps/v1:StatefulSet", "data-lake-p0").inputs.spec).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
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
    expect(blocks).toEqual([{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.244.0.0/16"] } }]);
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

test("prod keeps every policy", () => {
  expect(violations("prod", recorded, "mandatory")).toEqual([]);
  expect(violations("prod", recorded, "advisory")).toEqual([]);
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

describe("the database", () => {
  // biome-ignore lint/suspicious/noExplicitAny: specs of an operator's objects
  const spec = (type: string, name: string) => one(recorded, `kubernetes:${type}`, name).inputs.spec as any;
  const cluster = () => spec("postgresql.cnpg.io/v1:Cluster", "postgis-cluster-lake-1");

  test("has three servers on three nodes, and answers a commit when two of them have it", () => {
    expect(cluster()).toMatchObject({
      instances: 3,
      affinity: { podAntiAffinityType: "required", topologyKey: "kubernetes.io/hostname" },
      postgresql: { synchronous: { method: "any", number: 1, dataDurability: "required" } },
      storage: { size: "200Gi", storageClass: "local-xfs" },
    });
    expect(namesOf(recorded, "kubernetes:apps/v1:StatefulSet")).not.toContain("postgis");
  });

  test("archives to a bucket outside of the lake, with keys that are not in the program", () => {
    expect(cluster().plugins).toEqual([
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "database-archive", serverName: "lake-1" },
      },
    ]);
    expect(spec("barmancloud.cnpg.io/v1:ObjectStore", "postgis-objectstore-database-archive")).toMatchObject({
      retentionPolicy: "30d",
      configuration: {
        destinationPath: "s3://prod-lake/database/",
        endpointURL: "https://s3.backup.example.org",
        s3Credentials: {
          accessKeyId: { name: "backup-store", key: "accessKey" },
          secretAccessKey: { name: "backup-store", key: "secretKey" },
        },
      },
    });
    expect(spec("postgresql.cnpg.io/v1:ScheduledBackup", "postgis-scheduledbackup-lake-1")).toMatchObject({
      schedule: "0 15 1 * * *",
      immediate: true,
      method: "plugin",
    });
    expect(namesOf(recorded, "kubernetes:batch/v1:CronJob")).toEqual(["retention", "pipelines-reconciler"]);
  });

  test("is reached by the pipelines through a pooler whose pools never ask for more than a role may have", () => {
    const pooler = spec("postgresql.cnpg.io/v1:Pooler", "postgis-pooler-lake-1-pool");
    expect(pooler).toMatchObject({ cluster: { name: "lake-1" }, type: "rw", instances: 2 });
    expect(pooler.pgbouncer.poolMode).toBe("session");
    expect(2 * Number(pooler.pgbouncer.parameters.default_pool_size)).toBeLessThanOrEqual(50);
    const host = spec("tekton.dev/v1:Task", "pipelines-task-detect").steps[0].env.find(
      ({ name }: { name: string }) => name === "PGHOST",
    );
    expect(host.value).toBe("postgis-pool.data-systems.svc.cluster.local");
    expect(spec("core/v1:Service", "postgis-pool")).toMatchObject({
      type: "ClusterIP",
      selector: { "cnpg.io/poolerName": "lake-1-pool" },
    });
  });

  test("is waited for, and served by whichever instance writes", () => {
    const { inputs } = one(recorded, "kubernetes:postgresql.cnpg.io/v1:Cluster", "postgis-cluster-lake-1");
    expect(inputs.metadata).toMatchObject({ annotations: { "pulumi.com/waitFor": "condition=Ready" } });
    expect(spec("core/v1:Service", "postgis").selector).toEqual({
      "cnpg.io/cluster": "lake-1",
      "cnpg.io/instanceRole": "primary",
    });
  });

  test("shows a certificate that is good for every name by which it is called, and loads a renewed one", () => {
    const { dnsNames, secretName, secretTemplate } = spec("cert-manager.io/v1:Certificate", "postgis");
    expect(dnsNames).toEqual(
      expect.arrayContaining([
        "postgis.data-systems.svc.cluster.local",
        "postgis-pool.data-systems.svc.cluster.local",
        "database.example.org",
      ]),
    );
    expect(secretTemplate).toEqual({ labels: { "cnpg.io/reload": "true" } });
    expect(cluster().certificates).toEqual({ serverTLSSecret: secretName, serverCASecret: secretName });
  });

  test("is measured where the cluster has the Prometheus operator", () => {
    expect(spec("monitoring.coreos.com/v1:PodMonitor", "postgis-podmonitor-postgis")).toEqual({
      selector: { matchLabels: { "drone-lake/server": "database" } },
      podMetricsEndpoints: [{ port: "metrics" }],
    });
  });

  test("lets in the lake, the proxies' network and its operator, and goes out to its archive and the API server", () => {
    const { ingress, egress } = spec("networking.k8s.io/v1:NetworkPolicy", "postgis");
    const named = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "cnpg-system" } } };
    expect(ingress).toContainEqual({
      from: [named],
      ports: [
        { protocol: "TCP", port: 5432 },
        { protocol: "TCP", port: 8000 },
      ],
    });
    const outside = egress.filter(({ to }: { to: object[] }) => JSON.stringify(to).includes("0.0.0.0/0"));
    expect(outside.flatMap(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))).toEqual([
      443, 6443, 443,
    ]);
  });
});
