import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DatabaseServer, DatabaseServerArgs } from "./database-server";
import { contentHash } from "./hash";
import { appLabel, databaseLabel, namespaces, serviceNames } from "./names";
import { outside, podsOf, serviceExposure, tcp } from "./network";
import {
  CERTIFICATE,
  HBA,
  SETTINGS,
  serverParameters,
  settingsFile,
  standaloneParameters,
  whoMayConnect,
} from "./postgis-settings";
import { type DataOptions, dataOptions } from "./protection";
import { restrictedContainer, restrictedPod } from "./security";
import { ServerCertificate } from "./server-certificate";

/** The user that PostgreSQL runs as in the image. */
const POSTGRES_UID = 999;
const DATA = "/var/lib/postgresql/data";

export type PostgisArgs = Pick<
  DatabaseServerArgs,
  "namespace" | "image" | "config" | "storageClass" | "port" | "podCidrs" | "issuer" | "host" | keyof DataOptions
>;

/** One PostgreSQL server with PostGIS, on a volume of its own. */
export class Postgis extends pulumi.ComponentResource implements DatabaseServer {
  readonly password: pulumi.Output<string>;
  readonly superuserSecret: pulumi.Output<string>;
  readonly certificate: pulumi.Output<string>;
  readonly service: string;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: PostgisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Postgis", name, { config: args.config }, opts);
    const { config, namespace, port } = args;
    const labels = { [appLabel]: name };
    this.service = name;
    const data = { parent: this, ...dataOptions(args) };

    this.password = new random.RandomPassword(`${name}-superuser`, { length: 40, special: false }, data).result;
    const secret = new k8s.core.v1.Secret(
      `${name}-superuser`,
      { metadata: { name: `${name}-superuser`, namespace }, stringData: { password: this.password } },
      { parent: this },
    );
    this.superuserSecret = secret.metadata.name;
    const hosts = [...serviceNames(name, namespaces.data), args.host];
    const certificate = new ServerCertificate(name, { namespace, issuer: args.issuer, hosts }, { parent: this });
    this.certificate = certificate.secret;
    const files = {
      "lake.conf": settingsFile({ ...serverParameters(config), ...standaloneParameters }),
      [HBA]: whoMayConnect,
    };
    const configMap = new k8s.core.v1.ConfigMap(
      name,
      { metadata: { name: `${name}-settings-${contentHash(files)}`, namespace }, data: files },
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
              from: [{ podSelector: {} }, podsOf(namespaces.pipelines), ...outside(config.exposure, args.podCidrs)],
              ports: [tcp(port)],
            },
          ],
        },
      },
      { parent: this },
    );

    const probe = { exec: { command: ["pg_isready", "-h", "127.0.0.1", "-U", "postgres", "-q"] }, timeoutSeconds: 5 };
    const looked = "find /var/run/postgresql/.renewals -mmin -3 | grep -q .";
    const looking = { exec: { command: ["sh", "-c", looked] }, timeoutSeconds: 5 };
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
            metadata: { labels: { ...labels, ...databaseLabel } },
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
                    { name: "settings", mountPath: SETTINGS, readOnly: true },
                    { name: "tls", mountPath: CERTIFICATE, readOnly: true },
                    { name: "run", mountPath: "/var/run/postgresql" },
                    { name: "shm", mountPath: "/dev/shm" },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
                {
                  name: "renewals",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["reload-on-renewal.sh", `${CERTIFICATE}/tls.crt`],
                  livenessProbe: { ...looking, periodSeconds: 60 },
                  readinessProbe: { ...looking, periodSeconds: 30 },
                  resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { memory: "64Mi" } },
                  securityContext: restrictedContainer(),
                  volumeMounts: [
                    { name: "tls", mountPath: CERTIFICATE, readOnly: true },
                    { name: "run", mountPath: "/var/run/postgresql" },
                  ],
                },
              ],
              volumes: [
                // PostgreSQL refuses a key that others may read.
                { name: "tls", secret: { secretName: this.certificate, defaultMode: 0o440 } },
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
