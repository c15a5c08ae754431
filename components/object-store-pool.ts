import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectStoreConfig, PoolConfig } from "../config/schema-servers";
import { appLabel, objectStore, webhookTarget } from "./names";
import { storeEncryption } from "./object-store-encryption";
import {
  CERTIFICATE_FILES,
  CERTIFICATES,
  CREDENTIALS,
  DRIVES,
  disruptionBudget,
  LAYOUT,
  LAYOUT_FILE,
  poolName,
  QUEUE,
} from "./object-store-layout";
import { type DataOptions, dataOptions } from "./protection";
import { restrictedContainer, restrictedPod } from "./security";

/** The user that MinIO runs as, and that owns its drives. */
const MINIO_UID = 1000;

/** What of root's Secret the pods see. */
const ROOT_FILES = ["user", "password"].map((key) => ({ key, path: key }));

/** What all pools of a store have in common. */
export interface PoolOf extends DataOptions {
  /** Name of the store. */
  store: string;
  namespace: pulumi.Input<string>;
  /** Image with `minio`. */
  image: string;
  config: ObjectStoreConfig;
  /** Storage class of volumes whose pool names none; the cluster's default without it. */
  storageClass?: string;
  /** Service behind which the pods have stable names. */
  headless: string;
  /** The server's settings that are no secrets, beside the layout. */
  settings: Record<string, string>;
  /** ConfigMap with the layout of the drives. */
  layout: pulumi.Input<string>;
  /** Secret with `user` and `password` of root, and `webhook-token`. */
  root: pulumi.Input<string>;
  /** Secret with the certificate. */
  certificate: pulumi.Input<string>;
  /** ServiceAccount of the pods. */
  account: pulumi.Input<string>;
}

/** The pods and volumes of one server pool, and how many of the pods a node drain may take at once. */
export function objectStorePool(pool: PoolConfig, of: PoolOf, parent: pulumi.Resource): k8s.apps.v1.StatefulSet {
  const { config, namespace } = of;
  const setName = poolName(of.store, pool);
  const labels = { [appLabel]: of.store, "drone-lake/pool": pool.name };
  const drives = Array.from({ length: pool.drivesPerNode }, (_, i) => ({
    name: `drive-${i}`,
    path: `${DRIVES}/${i}`,
  }));
  const encryption = storeEncryption(config.encryption);
  const storageClassName = pool.storageClass ?? of.storageClass;
  const claim = (volume: string, storage: string) => ({
    metadata: { name: volume },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } },
  });
  const health = (path: string) => ({
    httpGet: { path: `/minio/health/${path}`, port: "s3", scheme: "HTTPS" },
    timeoutSeconds: 5,
  });

  new k8s.policy.v1.PodDisruptionBudget(
    setName,
    {
      metadata: { name: setName, namespace },
      spec: { maxUnavailable: disruptionBudget(config, pool), selector: { matchLabels: labels } },
    },
    { parent },
  );
  return new k8s.apps.v1.StatefulSet(
    setName,
    {
      metadata: { name: setName, namespace, labels },
      spec: {
        serviceName: of.headless,
        replicas: pool.nodes,
        podManagementPolicy: "Parallel",
        persistentVolumeClaimRetentionPolicy: {
          whenDeleted: of.protect ? "Retain" : "Delete",
          whenScaled: "Retain",
        },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: of.account,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: restrictedPod(MINIO_UID),
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                // Pods that share a node share its fate; where the drives share a disk they may share the node too.
                whenUnsatisfiable: config.sharedDisk ? "ScheduleAnyway" : "DoNotSchedule",
                labelSelector: { matchLabels: labels },
              },
            ],
            terminationGracePeriodSeconds: 60,
            containers: [
              {
                name: "minio",
                image: of.image,
                imagePullPolicy: "IfNotPresent",
                command: ["minio"],
                args: ["server", "--address", `:${objectStore.port}`, "--certs-dir", CERTIFICATES],
                env: [
                  ...Object.entries(of.settings).map(([variable, value]) => ({ name: variable, value })),
                  ...encryption.env,
                  // Files, so that a change reaches pods that run.
                  { name: "MINIO_CONFIG_ENV_FILE", value: `${LAYOUT}/${LAYOUT_FILE}` },
                  { name: "MINIO_ROOT_USER_FILE", value: `${CREDENTIALS}/user` },
                  { name: "MINIO_ROOT_PASSWORD_FILE", value: `${CREDENTIALS}/password` },
                  {
                    name: `MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_${webhookTarget}`,
                    valueFrom: { secretKeyRef: { name: of.root, key: "webhook-token" } },
                  },
                ],
                ports: [{ name: "s3", containerPort: objectStore.port }],
                startupProbe: { ...health("live"), periodSeconds: 2, failureThreshold: 150 },
                livenessProbe: { ...health("live"), periodSeconds: 15, failureThreshold: 4 },
                readinessProbe: { ...health("ready"), periodSeconds: 5 },
                resources: {
                  requests: { cpu: config.resources.cpu, memory: config.resources.memory },
                  limits: { memory: config.resources.memory },
                },
                securityContext: restrictedContainer(),
                volumeMounts: [
                  ...drives.map((drive) => ({ name: drive.name, mountPath: drive.path })),
                  { name: "queue", mountPath: QUEUE },
                  { name: "certificates", mountPath: CERTIFICATES, readOnly: true },
                  { name: "layout", mountPath: LAYOUT, readOnly: true },
                  { name: "credentials", mountPath: CREDENTIALS, readOnly: true },
                  ...encryption.volumeMounts,
                  { name: "tmp", mountPath: "/tmp" },
                ],
              },
            ],
            volumes: [
              { name: "certificates", secret: { secretName: of.certificate, items: CERTIFICATE_FILES } },
              { name: "layout", configMap: { name: of.layout } },
              { name: "credentials", secret: { secretName: of.root, items: ROOT_FILES } },
              ...encryption.volumes,
              { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
            ],
          },
        },
        volumeClaimTemplates: [
          ...drives.map((drive) => claim(drive.name, pool.driveSize)),
          claim("queue", config.eventQueue.size),
        ],
      },
    },
    { parent, ...dataOptions(of) },
  );
}
