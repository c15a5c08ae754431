import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DatabaseConfig } from "../config/schema-servers";
import { bytesOf } from "../config/values";
import { contentHash } from "./hash";
import { appLabel, namespaces } from "./names";
import { outside, podsOf, serviceExposure, tcp } from "./network";
import { type DataOptions, dataOptions } from "./protection";
import { restrictedContainer, restrictedPod } from "./security";

/** The user that PostgreSQL runs as in the image. */
const POSTGRES_UID = 999;
const DATA = "/var/lib/postgresql/data";

export interface PostgisArgs extends DataOptions {
  /** Namespace of the pod. */
  namespace: pulumi.Input<string>;
  /** Image with PostgreSQL and PostGIS. */
  image: string;
  /** Volume, limits, exposure. */
  config: DatabaseConfig;
  /** Storage class of the volume where the config names none; the cluster's default without it. */
  storageClass?: string;
  /** Port of the server. */
  port: number;
}

/** Settings of the server, in the form of postgresql.conf. */
export function serverSettings(config: Pick<DatabaseConfig, "maxConnections" | "sharedBuffers">): string {
  const settings = {
    listen_addresses: "'*'",
    max_connections: config.maxConnections,
    // PostgreSQL's kB are 1024 bytes.
    shared_buffers: `${Math.floor(bytesOf(config.sharedBuffers) / 1024)}kB`,
    password_encryption: "'scram-sha-256'",
    log_connections: "on",
    log_min_duration_statement: "'5s'",
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join("");
}

/** One PostgreSQL server with PostGIS, on a volume of its own. */
export class Postgis extends pulumi.ComponentResource {
  /** Password of the superuser `postgres`; for Pulumi's provider alone. */
  readonly password: pulumi.Output<string>;
  /** What everything that speaks to the server depends on. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: PostgisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Postgis", name, { config: args.config }, opts);
    const { config, namespace, port } = args;
    const labels = { [appLabel]: name };
    const data = { parent: this, ...dataOptions(args) };

    this.password = new random.RandomPassword(`${name}-superuser`, { length: 40, special: false }, data).result;
    const secret = new k8s.core.v1.Secret(
      `${name}-superuser`,
      { metadata: { name: `${name}-superuser`, namespace }, stringData: { password: this.password } },
      { parent: this },
    );
    const settings = serverSettings(config);
    const configMap = new k8s.core.v1.ConfigMap(
      name,
      { metadata: { name: `${name}-settings-${contentHash(settings)}`, namespace }, data: { "lake.conf": settings } },
      { parent: this },
    );
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          selector: labels,
          ...serviceExposure(config.exposure, { name: "postgres", port, targetPort: "postgres" }),
        },
      },
      { parent: this },
    );
    const flows = new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata: { name, namespace },
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ["Ingress"],
          ingress: [
            {
              from: [{ podSelector: {} }, podsOf(namespaces.pipelines), ...outside(config.exposure)],
              ports: [tcp(port)],
            },
          ],
        },
      },
      { parent: this },
    );

    const probe = { exec: { command: ["pg_isready", "-h", "127.0.0.1", "-U", "postgres", "-q"] }, timeoutSeconds: 5 };
    const server = new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          serviceName: name,
          replicas: 1,
          persistentVolumeClaimRetentionPolicy: {
            whenDeleted: args.protect ? "Retain" : "Delete",
            whenScaled: "Retain",
          },
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: account.metadata.name,
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: restrictedPod(POSTGRES_UID),
              // A fast shutdown writes a checkpoint; killed before that, the next start replays the log.
              terminationGracePeriodSeconds: 60,
              containers: [
                {
                  name: "postgres",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  env: [
                    { name: "PGDATA", value: `${DATA}/pgdata` },
                    {
                      name: "POSTGRES_PASSWORD",
                      valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } },
                    },
                  ],
                  ports: [{ name: "postgres", containerPort: port }],
                  startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 150 },
                  livenessProbe: { ...probe, periodSeconds: 15, failureThreshold: 4 },
                  readinessProbe: { ...probe, periodSeconds: 5 },
                  resources: {
                    requests: { cpu: config.resources.cpu, memory: config.resources.memory },
                    limits: { memory: config.resources.memory },
                  },
                  securityContext: restrictedContainer(),
                  volumeMounts: [
                    { name: "data", mountPath: DATA },
                    { name: "settings", mountPath: "/etc/postgresql/conf.d", readOnly: true },
                    { name: "run", mountPath: "/var/run/postgresql" },
                    { name: "shm", mountPath: "/dev/shm" },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "settings", configMap: { name: configMap.metadata.name } },
                { name: "run", emptyDir: {} },
                // Parallel queries share memory here; a container's own 64 MiB is too little for spatial joins.
                { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: "data" },
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: config.storageClass ?? args.storageClass,
                resources: { requests: { storage: config.storage } },
              },
            },
          ],
        },
      },
      { ...data, dependsOn: [service, flows] },
    );
    this.ready = server;
    this.registerOutputs({});
  }
}
