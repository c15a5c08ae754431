/** A small lake of the program's own parts, with every kind of thing that somebody could change by hand. */
import * as k8s from "@pulumi/kubernetes";
import * as minio from "@pulumi/minio";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { inject } from "vitest";
import { boundRole, serviceAccount } from "../../components/accounts";
import { GpuPool } from "../../components/gpu-pool";
import { Identities } from "../../components/identities";
import { LakeBucket } from "../../components/lake-bucket";
import { announced } from "../../components/lake-buckets";
import { LakeDatabase } from "../../components/lake-database";
import { declare, type Manifest } from "../../components/manifest";
import { letOut, tcp } from "../../components/network";
import { Tekton } from "../../components/tekton";
import { defaultImages } from "../../config/images";
import { detectionPipeline } from "../../pipelines/pipelines";
import { Client } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import { readSettings } from "../../plugins/kubernetes/settings";
import { environment } from "../config/values";
import { context } from "../pipelines/context";

const { kubeconfig } = inject("kubernetes");
const store = inject("minio");
const server = inject("postgres");
export const client = new Client(connect(readSettings({ kubeconfig }, {})));
export const namespace = `drift-${process.pid}`;
export const node = `${namespace}-gpu`;
/** A value that may be in no report. */
export const secret = "what nobody may read in a report";

const lake = { ...context({ gpu: { backend: "existing", nodes: [node], gpusPerNode: 1 } }), namespace };

/** Tekton's own definition of a Pipeline. */
function pipelines(): Manifest {
  const images = { ...defaultImages(), shell: "shell:1" };
  const objects = Tekton.objects({ images, highAvailability: false, labels: {} });
  return objects.find(({ metadata }) => metadata.name === "pipelines.tekton.dev")!;
}

/** Nobody runs pods here, so there are none. */
function deployment(name: string, provider: k8s.Provider): void {
  const labels = { app: name };
  const containers = [{ name: "c", image: "none.invalid/none:1" }];
  const spec = {
    replicas: 0,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  new k8s.apps.v1.Deployment(name, { metadata: { name, namespace }, spec }, { provider });
}

/** Its namespace and its node are there already. */
export async function program(): Promise<void> {
  const provider = new k8s.Provider("cluster", { kubeconfig, enableServerSideApply: true, enablePatchForce: true });
  deployment("listener", provider);
  deployment("controller", provider);
  const account = serviceAccount("drift", { name: "steps", namespace, token: false }, { provider });
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  boundRole("drift", { name: "steps", namespace, rules }, account, { provider });
  letOut("drift", { app: "steps", namespace, to: [{ ports: [tcp(5432)] }] }, { provider });
  const data = { "secret.json": secret };
  new k8s.core.v1.Secret("word", { metadata: { name: "word", namespace }, stringData: data }, { provider });
  new GpuPool("gpu", { config: { ...lake.gpu, devicePlugin: "none" }, image: "none", labels: {} }, { provider });
  const kind = declare("tekton", pipelines(), { provider });
  declare("drift", detectionPipeline(lake) as unknown as Manifest, { provider, dependsOn: kind });

  const { endpoint, user, password } = store;
  const on = new minio.Provider("store", {
    minioServer: endpoint,
    minioUser: user,
    minioPassword: pulumi.secret(password),
  });
  for (const bucket of ["drone-raw", "drone-ortho"] as const) {
    new LakeBucket(bucket, { bucket, protect: false, announce: announced[bucket] }, { provider: on });
  }
  new Identities("identities", { pipelineKeys: ["1"] }, { provider: on });
  new minio.IamUser("former", { name: "former-intern", disableUser: true }, { provider: on });

  const { host, port } = server;
  const login = {
    username: server.user,
    password: pulumi.secret(server.password),
    sslmode: "disable",
    maxConnections: 1,
  };
  const database = new postgresql.Provider("database", { host, port, database: "postgres", ...login });
  const { connections } = environment().database;
  const args = { server: database, database: "drift", owner: "drift_owner", connections, protect: false };
  new LakeDatabase("drift", args, { provider: database });
}
