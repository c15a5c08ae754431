import type * as pulumi from "@pulumi/pulumi";
import type { BackupBucket, CloudNativePgConfig } from "../config/schema-backup";
import type { DatabaseConfig } from "../config/schema-servers";
import { databaseLabel } from "./names";
import { serverParameters } from "./postgis-settings";

type ClusterConfig = CloudNativePgConfig["clusters"][number];

/** The plugin that archives and recovers. */
const BARMAN = "barman-cloud.cloudnative-pg.io";

/** Name of the archive's description, one for all clusters: each has a folder of its own name in it. */
export const ARCHIVE = "database-archive";

/** Spec of a CloudNativePG Cluster. */
export function clusterSpec(args: {
  cluster: ClusterConfig;
  config: DatabaseConfig;
  image: string;
  storageClass?: string;
  superuserSecret: string;
  certificate: pulumi.Input<string>;
}) {
  const { cluster, config } = args;
  const { recoverFrom } = cluster;
  const archived = (name: string) => ({ barmanObjectName: ARCHIVE, serverName: name });
  return {
    instances: config.cloudNativePg.instances,
    imageName: args.image,
    // The Pulumi program makes extensions and roles, which takes a superuser.
    enableSuperuserAccess: true,
    superuserSecret: { name: args.superuserSecret },
    certificates: { serverTLSSecret: args.certificate, serverCASecret: args.certificate },
    inheritedMetadata: { labels: databaseLabel },
    bootstrap: recoverFrom
      ? {
          recovery: {
            source: recoverFrom.cluster,
            ...(recoverFrom.targetTime ? { recoveryTarget: { targetTime: recoverFrom.targetTime } } : {}),
          },
        }
      : { initdb: { encoding: "UTF8", localeCollate: "C.UTF-8", localeCType: "C.UTF-8", dataChecksums: true } },
    ...(recoverFrom
      ? {
          externalClusters: [
            { name: recoverFrom.cluster, plugin: { name: BARMAN, parameters: archived(recoverFrom.cluster) } },
          ],
        }
      : {}),
    plugins: [{ name: BARMAN, isWALArchiver: true, parameters: archived(cluster.name) }],
    postgresql: {
      parameters: serverParameters(config),
      pg_hba: ["hostnossl all all all reject"],
      // A commit is answered when a second server has it; without one, nothing is written rather than lost.
      synchronous: { method: "any", number: 1, dataDurability: "required" },
    },
    storage: { size: config.storage, storageClass: config.storageClass ?? args.storageClass },
    affinity: { podAntiAffinityType: "required", topologyKey: "kubernetes.io/hostname" },
    resources: {
      requests: { cpu: config.resources.cpu, memory: config.resources.memory },
      limits: { memory: config.resources.memory },
    },
  };
}

/** Spec of the ObjectStore that the plugin archives to. */
export function archiveSpec(bucket: BackupBucket, keepDays: number) {
  const key = (name: string) => ({ name: bucket.credentialsSecret, key: name });
  return {
    retentionPolicy: `${keepDays}d`,
    configuration: {
      destinationPath: `s3://${bucket.bucket}/${bucket.prefix}`,
      endpointURL: bucket.endpoint,
      s3Credentials: { accessKeyId: key("accessKey"), secretAccessKey: key("secretKey") },
      wal: { compression: "gzip" },
      data: { compression: "gzip" },
    },
    instanceSidecarConfiguration: {
      env: [{ name: "AWS_DEFAULT_REGION", value: bucket.region }],
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    },
  };
}

/** Spec of a ScheduledBackup; its schedule has a field for seconds before the usual five. */
export function scheduledBackupSpec(cluster: string, schedule: string) {
  return {
    cluster: { name: cluster },
    schedule: `0 ${schedule}`,
    // The first at once: until there is one, nothing can be recovered.
    immediate: true,
    backupOwnerReference: "self",
    method: "plugin",
    pluginConfiguration: { name: BARMAN },
  };
}

/**
 * Spec of the Pooler. Sessions, not transactions, as the pipelines hold advisory locks and set a search path for as long
 * as they are connected. A client over the size of its role's pool waits in line instead of being refused.
 */
export function poolerSpec(cluster: string, { connections, cloudNativePg }: DatabaseConfig) {
  const { pipeline_detect, pipeline_catalog, catalog } = connections;
  const instances = cloudNativePg.poolerInstances;
  const poolSize = Math.floor(Math.min(pipeline_detect, pipeline_catalog, catalog) / instances);
  return {
    cluster: { name: cluster },
    type: "rw",
    instances,
    pgbouncer: {
      poolMode: "session",
      parameters: { default_pool_size: String(poolSize), max_client_conn: "1000" },
    },
    template: {
      metadata: { labels: databaseLabel },
      spec: {
        containers: [
          { name: "pgbouncer", resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "256Mi" } } },
        ],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector: { matchLabels: { "cnpg.io/podRole": "pooler" } },
          },
        ],
      },
    },
  };
}
