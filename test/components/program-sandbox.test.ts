import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { violations } from "../policies/stack";
import { namesOf, one, type Recorded, record, stackValues } from "./recorder";

vi.mock("../../sandbox/toolchain/manifests", () => ({ manifests: (set: string) => join(__dirname, "manifests", set) }));

const folder = mkdtempSync(join(tmpdir(), "program-ca-"));
const ca = { certificateFile: join(folder, "lake.crt"), keyFile: join(folder, "lake.key") };

let recorded: Recorded[];
beforeAll(async () => {
  writeFileSync(ca.certificateFile, "the CA's certificate");
  writeFileSync(ca.keyFile, "the CA's key");
  recorded = await record(() => import("../../index.js"), {
    stack: "sandbox",
    values: {
      ...stackValues("sandbox"),
      cluster: { apiServerPorts: [443, 6443, 16443] },
      tls: { installCertManager: true, ca },
    },
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("buckets", () => {
  test("are the four of the lake, versioned, with a policy that denies the public, and can be destroyed", () => {
    const names = ["ai-models", "ai-results", "drone-ortho", "drone-raw"];
    expect(namesOf(recorded, "minio:index/s3Bucket:S3Bucket").sort()).toEqual(names);
    for (const name of names) {
      expect(one(recorded, "minio:index/s3Bucket:S3Bucket", name)).toMatchObject({
        inputs: { bucket: name, forceDestroy: true },
        options: { protect: false, retainOnDelete: false },
      });
      expect(one(recorded, "minio:index/s3BucketVersioning:S3BucketVersioning", name).inputs).toEqual({
        bucket: name,
        versioningConfiguration: { status: "Enabled" },
      });
      const { policy } = one(recorded, "minio:index/s3BucketPolicy:S3BucketPolicy", name).inputs;
      expect(JSON.parse(policy as string).Statement).toMatchObject([{ Effect: "Deny", Action: ["s3:*"] }]);
    }
  });

  test("get one setting after the other, or MinIO would lose one of two", () => {
    const types = ["Versioning", "Policy", "Notification"].map(
      (setting) => `minio:index/s3Bucket${setting}:S3Bucket${setting}`,
    );
    for (const [i, type] of types.entries()) {
      if (i === 0) continue;
      for (const name of namesOf(recorded, type)) {
        const before = [one(recorded, type, name).options.dependsOn].flat() as unknown as { __pulumiType: string }[];
        expect(before.map(({ __pulumiType }) => __pulumiType)).toContain(types[i - 1]);
      }
    }
  });

  test("announce closed flights and orthophotos to the EventListener", () => {
    const queue = { id: "pipelines", queueArn: "arn:minio:sqs::TEKTON:webhook", events: ["s3:ObjectCreated:*"] };
    const type = "minio:index/s3BucketNotification:S3BucketNotification";
    expect(one(recorded, type, "drone-raw").inputs).toEqual({
      bucket: "drone-raw",
      queues: [{ ...queue, filterPrefix: "projects/", filterSuffix: "/flight.json" }],
    });
    expect(one(recorded, type, "drone-ortho").inputs).toEqual({
      bucket: "drone-ortho",
      queues: [{ ...queue, filterSuffix: "-merged.geotiff" }],
    });
    expect(namesOf(recorded, type)).toHaveLength(2);
  });
});

describe("jobs that up waits for", () => {
  test("are made anew by the next up after they failed", () => {
    const jobs = recorded.filter(({ type }) => type === "kubernetes:batch/v1:Job");
    expect(jobs.length).toBeGreaterThan(1);
    for (const { inputs } of jobs) {
      expect(inputs.metadata).toMatchObject({ annotations: { "pulumi.com/replaceUnready": "true" } });
    }
  });
});

describe("object store", () => {
  // biome-ignore lint/suspicious/noExplicitAny: a StatefulSet's spec
  const spec = () => one(recorded, "kubernetes:apps/v1:StatefulSet", "data-lake-p0").inputs.spec as any;

  test("is four pods with a drive and a queue of events on volumes of their own", () => {
    expect(spec()).toMatchObject({ replicas: 4, podManagementPolicy: "Parallel", serviceName: "data-lake-hl" });
    const claims = spec().volumeClaimTemplates;
    expect(claims.map((claim: { metadata: { name: string } }) => claim.metadata.name)).toEqual(["drive-0", "queue"]);
    const [{ volumeMounts }] = spec().template.spec.containers;
    expect(volumeMounts).toContainEqual({ name: "queue", mountPath: "/queue" });
  });

  test("has no password in plain text and no token of the cluster", () => {
    const pod = spec().template.spec;
    expect(JSON.stringify(pod)).not.toMatch(/password-of|string-of/);
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  });

  test("keeps the health of the cluster out of the liveness probe", () => {
    const [container] = spec().template.spec.containers;
    expect(container.livenessProbe.httpGet.path).toBe("/minio/health/live");
    expect(container.readinessProbe.httpGet.path).toBe("/minio/health/ready");
  });

  test("lets peers find one another before they are ready", () => {
    expect(one(recorded, "kubernetes:core/v1:Service", "data-lake-hl").inputs.spec).toMatchObject({
      clusterIP: "None",
      publishNotReadyAddresses: true,
    });
    expect(one(recorded, "kubernetes:core/v1:Service", "data-lake").inputs.spec).toMatchObject({
      type: "NodePort",
      ports: [{ port: 9000, nodePort: 30900 }],
    });
  });

  test("is not ready before events have a target on each of its pods", () => {
    // biome-ignore lint/suspicious/noExplicitAny: a Job's spec
    const job = one(recorded, "kubernetes:batch/v1:Job", "data-lake-gate").inputs.spec as any;
    const { value } = job.template.spec.containers[0].env.find(({ name }: { name: string }) => name === "PODS");
    const pods = [0, 1, 2, 3].map((i) => `data-lake-p0-${i}.data-lake-hl.data-systems.svc.cluster.local:9000`);
    expect(value.split(" ")).toEqual(pods);
  });

  test("sends the word that the EventListener compares", () => {
    const sent = one(recorded, "kubernetes:core/v1:Secret", "data-lake-root").inputs.stringData;
    const compared = one(recorded, "kubernetes:core/v1:Secret", "pipelines-event-token").inputs.stringData;
    expect(sent).toMatchObject({ "webhook-token": "password-of-event-token" });
    expect(compared).toEqual({ authorization: "Bearer password-of-event-token" });
  });
});

describe("certificates", () => {
  const secrets = (name: string) => one(recorded, "kubernetes:cert-manager.io/v1:Certificate", name).inputs;

  test("are signed by an issuer with the environment's CA, whose key is in no other Secret", () => {
    const kept = one(recorded, "kubernetes:core/v1:Secret", "issuer-ca").inputs;
    expect(kept).toMatchObject({
      metadata: { namespace: "cert-manager" },
      stringData: { "tls.crt": "the CA's certificate", "tls.key": "the CA's key" },
    });
    expect(one(recorded, "kubernetes:cert-manager.io/v1:ClusterIssuer", "issuer").inputs.spec).toEqual({
      ca: { secretName: "drone-data-lake-ca" },
    });
    expect(recorded.filter(({ inputs }) => JSON.stringify(inputs).includes("the CA's key"))).toHaveLength(1);
    const certificates = recorded.filter(({ type }) => type === "kubernetes:cert-manager.io/v1:Certificate");
    for (const { inputs } of certificates) {
      expect(inputs.spec).toMatchObject({ issuerRef: { name: "drone-data-lake", kind: "ClusterIssuer" } });
      // `up` waits for it, or a server would be started without one.
      expect(inputs.metadata).toMatchObject({ annotations: { "pulumi.com/waitFor": "condition=Ready" } });
    }
  });

  test("hold every name by which the servers are called", () => {
    expect(secrets("data-lake").spec).toMatchObject({
      dnsNames: [
        "data-lake",
        "data-lake.data-systems",
        "data-lake.data-systems.svc",
        "data-lake.data-systems.svc.cluster.local",
        "*.data-lake-hl.data-systems.svc.cluster.local",
      ],
      ipAddresses: ["10.213.0.2"],
    });
    expect(secrets("event-listener").spec).toMatchObject({
      dnsNames: expect.arrayContaining(["el-lake.drone-pipelines.svc.cluster.local"]),
    });
  });

  test("make the object store, the EventListener and everything between them speak TLS", () => {
    const pool = JSON.stringify(one(recorded, "kubernetes:apps/v1:StatefulSet", "data-lake-p0").inputs);
    const layout = JSON.stringify(one(recorded, "kubernetes:core/v1:ConfigMap", "data-lake-layout").inputs);
    expect(layout).toContain('MINIO_VOLUMES=\\"https://');
    expect(pool).toContain("https://el-lake.drone-pipelines.svc.cluster.local:8443");
    for (const { inputs } of recorded) expect(JSON.stringify(inputs)).not.toMatch(/http:\/\/[^"]*(data-lake|el-lake)/);
    const { minioServer, minioSsl } = recorded.find(({ type }) => type === "pulumi:providers:minio")!.inputs;
    expect([minioServer, minioSsl]).toEqual(["10.213.0.2:30900", "true"]);
  });

  test("reach clients without the servers' keys", () => {
    const projected = [{ key: "ca.crt", path: "ca.crt" }];
    // biome-ignore lint/suspicious/noExplicitAny: specs of several kinds
    const volumesOf = (spec: any) => spec.volumes ?? (spec.jobTemplate ?? spec).spec?.template.spec.volumes;
    const clients = [
      ...recorded.filter(({ type }) => type === "kubernetes:tekton.dev/v1:Task").map(({ inputs }) => inputs.spec),
      one(recorded, "kubernetes:batch/v1:CronJob", "pipelines-reconciler").inputs.spec,
    ];
    expect(clients.length).toBeGreaterThan(5);
    for (const spec of clients) {
      expect(volumesOf(spec)).toContainEqual({
        name: "ca",
        secret: { secretName: "event-listener-tls", items: projected },
      });
    }
  });

  test("are asked of the kinds of issuer that are served, and of no others", () => {
    const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
    const names = namesOf(recorded, type).filter((name) => name.startsWith("cert-manager-"));
    expect(names.map((name) => name.replace(/.*-customresourcedefinition-/, "")).sort()).toEqual([
      "certificates.cert-manager.io",
      "clusterissuers.cert-manager.io",
    ]);
    const definition = JSON.stringify(one(recorded, type, names.find((name) => /clusterissuers/.test(name))!).inputs);
    expect(definition).toContain('"ca":');
    expect(definition).not.toContain('"acme":');
  });

  test("are kept by a controller that writes Secrets in the lake's namespaces alone", () => {
    const type = "kubernetes:rbac.authorization.k8s.io/v1";
    const { rules } = one(recorded, `${type}:ClusterRole`, "cert-manager-watch").inputs as {
      rules: { resources: string[]; verbs: string[] }[];
    };
    expect(rules.find(({ resources }) => resources.includes("secrets"))?.verbs).toEqual(["get", "list", "watch"]);
    const bindings = recorded.filter((made) => made.type === `${type}:RoleBinding` && /cert-manager/.test(made.name));
    expect(bindings.map(({ inputs }) => (inputs.metadata as { namespace: string }).namespace)).toEqual([
      "data-systems",
      "drone-pipelines",
    ]);
  });
});

describe("database", () => {
  test("roles get their rights by membership alone, and none is superuser or makes roles", () => {
    const roles = recorded.filter(({ type }) => type === "postgresql:index/role:Role").map(({ inputs }) => inputs);
    const memberships = Object.fromEntries(roles.map(({ name, roles: of }) => [name, of]));
    expect(memberships).toEqual({
      pgstac_read: undefined,
      pgstac_admin: undefined,
      pgstac_ingest: ["pgstac_read"],
      detections_read: undefined,
      detections_write: ["detections_read"],
      lake_owner: ["pgstac_admin", "pgstac_ingest"],
      pipeline_detect: ["detections_write"],
      pipeline_catalog: ["pgstac_ingest", "pgstac_read"],
      catalog: ["pgstac_read", "detections_read"],
      catalogue_reader: ["pgstac_read", "detections_read"],
      stagiair: ["pgstac_read", "detections_read"],
      backup: ["pg_read_all_data"],
    });
    for (const role of roles) {
      expect(role).not.toHaveProperty("superuser");
      expect(role).not.toHaveProperty("createRole");
    }
    expect(namesOf(recorded, "postgresql:index/grantRole:GrantRole")).toEqual([]);
  });

  test("the owner's password is where the migration runs and not where the pipelines run", () => {
    const secret = one(recorded, "kubernetes:core/v1:Secret", "database-lake-owner");
    expect(secret.inputs.metadata).toMatchObject({ namespace: "data-systems" });
    expect(
      namesOf(recorded, "kubernetes:core/v1:Secret")
        .filter((name) => name.startsWith("database-"))
        .sort(),
    ).toEqual([
      "database-backup",
      "database-catalog",
      "database-catalogue-reader",
      "database-lake-owner",
      "database-pipeline-catalog",
      "database-pipeline-detect",
    ]);
  });

  test("roles go with the server: a database that a restore kept would keep them from being dropped", () => {
    for (const name of ["lake-owner", "lake-pgstac_read", "lake-catalog"]) {
      const { deletedWith } = one(recorded, "postgresql:index/role:Role", name).options;
      expect((deletedWith as unknown as { __pulumiType: string }).__pulumiType).toBe("kubernetes:apps/v1:StatefulSet");
    }
  });
});

describe("the database's TLS", () => {
  // biome-ignore lint/suspicious/noExplicitAny: specs
  const spec = (type: string, name: string) => one(recorded, `kubernetes:${type}`, name).inputs.spec as any;

  test("lets nobody in from another pod without encryption and password", () => {
    const { data } = one(recorded, "kubernetes:core/v1:ConfigMap", "postgis").inputs as {
      data: Record<string, string>;
    };
    expect(data["lake.hba"]).toBe("local all all peer\nhostssl all all all scram-sha-256\n");
    expect(data["lake.conf"]).toContain("hba_file = '/etc/postgresql/conf.d/lake.hba'\nssl = 'on'\n");
  });

  test("has a certificate for its name inside and its address outside, and a key that PostgreSQL accepts", () => {
    const { dnsNames, ipAddresses, secretName } = spec("cert-manager.io/v1:Certificate", "postgis");
    expect(dnsNames).toContain("postgis.data-systems.svc.cluster.local");
    expect(ipAddresses).toEqual(["10.213.0.2"]);
    const { containers, volumes } = spec("apps/v1:StatefulSet", "postgis").template.spec;
    expect(volumes).toContainEqual({ name: "tls", secret: { secretName, defaultMode: 0o440 } });
    expect(containers.map(({ name }: { name: string }) => name)).toEqual(["postgres", "renewals"]);
  });

  test("is checked by everything that connects", () => {
    const jobs = [
      spec("batch/v1:Job", "migration").template,
      spec("batch/v1:CronJob", "database-backup").jobTemplate.spec.template,
      spec("batch/v1:CronJob", "database-restore").jobTemplate.spec.template,
      spec("batch/v1:CronJob", "pipelines-reconciler").jobTemplate.spec.template,
      ...namesOf(recorded, "kubernetes:tekton.dev/v1:Task").map((name) => ({
        spec: { containers: spec("tekton.dev/v1:Task", name).steps },
      })),
    ];
    const connecting = jobs
      .flatMap((job) => job.spec.containers as { env?: { name: string; value?: string }[] }[])
      .map(({ env = [] }) => Object.fromEntries(env.map(({ name, value }) => [name, value])))
      .filter((env) => "PGHOST" in env);
    expect(connecting.length).toBeGreaterThan(6);
    for (const env of connecting) {
      expect(env).toMatchObject({ PGSSLMODE: "verify-full", PGSSLROOTCERT: "/etc/lake-ca/ca.crt" });
    }
    const provider = recorded.find(({ type }) => type === "pulumi:providers:postgresql");
    expect(provider?.inputs).toMatchObject({ sslmode: "verify-full" });
  });
});

describe("backups of the database", () => {
  // biome-ignore lint/suspicious/noExplicitAny: a CronJob's spec
  const spec = (name: string) => one(recorded, "kubernetes:batch/v1:CronJob", name).inputs.spec as any;
  const container = (name: string) => spec(name).jobTemplate.spec.template.spec.containers[0];
  const value = (name: string, variable: string) =>
    container(name).env.find((entry: { name: string }) => entry.name === variable);

  test("are taken every night, one at a time, as a role that only reads", () => {
    expect(spec("database-backup")).toMatchObject({
      schedule: "15 1 * * *",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
    });
    expect(spec("database-backup")).not.toHaveProperty("suspend");
    expect(container("database-backup").command).toEqual(["dronelake", "backup"]);
    expect(value("database-backup", "PGUSER").value).toBe("backup");
    expect(value("database-backup", "BACKUP_KEEP").value).toBe("3");
  });

  test("are restored only by a person's Job, which alone has the superuser's password, and never twice by itself", () => {
    expect(spec("database-restore")).toMatchObject({ suspend: true, jobTemplate: { spec: { backoffLimit: 0 } } });
    expect(container("database-restore").command).toEqual(["dronelake", "restore"]);
    const secretOf = (name: string) => value(name, "PGPASSWORD").valueFrom.secretKeyRef.name;
    expect(secretOf("database-restore")).toBe("postgis-superuser");
    expect(secretOf("database-backup")).toBe("database-backup");
  });

  test("lie on a volume that is not the database's", () => {
    expect(namesOf(recorded, "kubernetes:core/v1:PersistentVolumeClaim")).toEqual(["database-backups"]);
    for (const name of ["database-backup", "database-restore"]) {
      expect(spec(name).jobTemplate.spec.template.spec.volumes).toContainEqual({
        name: "backups",
        persistentVolumeClaim: { claimName: "database-backups" },
      });
      expect(value(name, "BACKUP_DIR").value).toBe("/backups");
    }
  });

  test("may go to the database and nowhere else", () => {
    expect(one(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "database-backup").inputs.spec).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "database-backup" } },
      policyTypes: ["Egress"],
      egress: [
        {
          to: [{ podSelector: { matchLabels: { "drone-lake/server": "database" } } }],
          ports: [{ protocol: "TCP", port: 5432 }],
        },
      ],
    });
    // biome-ignore lint/suspicious/noExplicitAny: a StatefulSet's spec
    const server = one(recorded, "kubernetes:apps/v1:StatefulSet", "postgis").inputs.spec as any;
    expect(server.template.metadata.labels).toMatchObject({ "drone-lake/server": "database" });
  });
});

describe("namespaces", () => {
  test("admit restricted pods only, and deny what no policy allows", () => {
    for (const name of ["data-systems", "drone-pipelines", "cert-manager"]) {
      expect(one(recorded, "kubernetes:core/v1:Namespace", name).inputs.metadata).toMatchObject({
        labels: { "pod-security.kubernetes.io/enforce": "restricted" },
      });
      expect(one(recorded, "kubernetes:networking.k8s.io/v1:NetworkPolicy", `${name}-deny`).inputs.spec).toEqual({
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
      });
    }
  });
});

test("steps reach the object store, and those alone the database that are given its password", () => {
  const type = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
  // biome-ignore lint/suspicious/noExplicitAny: a NetworkPolicy's spec
  const of = (name: string) => one(recorded, type, name).inputs.spec as any;
  const ports = (name: string) => of(name).egress.flatMap((rule: { ports: { port: number }[] }) => rule.ports);
  expect(ports("pipelines-runs")).toEqual([{ protocol: "TCP", port: 9000 }]);
  expect(ports("pipelines-runs-with-database")).toEqual([{ protocol: "TCP", port: 5432 }]);
  const [{ key, operator, values }] = of("pipelines-runs-with-database").podSelector.matchExpressions;
  expect([key, operator, ...values]).toEqual([
    ...["tekton.dev/task", "In", "detect"],
    ...["catalog-flight", "catalog-orthophoto", "catalog-results"],
  ]);
});

test("what talks to the API server may reach its ports", () => {
  const type = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
  for (const name of ["tekton", "cert-manager", "pipelines-reconciler", "pipelines-event-listener"]) {
    // biome-ignore lint/suspicious/noExplicitAny: a NetworkPolicy's spec
    const { egress } = one(recorded, type, name).inputs.spec as any;
    const everywhere = egress.filter(({ to }: { to?: object[] }) => JSON.stringify(to)?.includes("0.0.0.0/0"));
    expect(everywhere, name).toMatchObject([{ ports: [443, 6443, 16443].map((port) => ({ protocol: "TCP", port })) }]);
  }
});

test("the EventListener may create runs and read its triggers, and nothing else of the namespace", () => {
  const { rules } = one(recorded, "kubernetes:rbac.authorization.k8s.io/v1:Role", "pipelines-lake-listener").inputs;
  const verbs = (rules as { resources: string[]; verbs: string[] }[]).map(({ resources, verbs }) => [resources, verbs]);
  expect(verbs).toContainEqual([["pipelineruns"], ["create"]]);
  expect(JSON.stringify(rules)).not.toMatch(/secrets|\*/);
});

test("the sandbox declares no GPU, and so no queue that a detection could wait in", () => {
  expect(namesOf(recorded, "kubernetes:core/v1:NodePatch")).toEqual([]);
  expect(namesOf(recorded, "kubernetes:karpenter.sh/v1:NodePool")).toEqual([]);
  expect(namesOf(recorded, "kubernetes:apps/v1:Deployment")).not.toContain("pipelines-gpu-queue");
  const templates = recorded.filter(({ type }) => type.endsWith(":TriggerTemplate"));
  expect(templates).toHaveLength(2);
  expect(JSON.stringify(templates.map(({ inputs }) => inputs))).not.toContain("PipelineRunPending");
});

test("no resource takes a child's name from anywhere but its own parent", () => {
  const doubled = recorded.map(({ type, name }) => `${type} ${name}`).filter((key, i, all) => all.indexOf(key) !== i);
  expect(doubled).toEqual([]);
});

test("the sandbox keeps every policy", () => {
  expect(violations("sandbox", recorded, "mandatory")).toEqual([]);
  expect(violations("sandbox", recorded, "advisory")).toEqual([]);
});
