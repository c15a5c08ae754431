import type * as k8s from "@pulumi/kubernetes";
import type { BackupConfig } from "../config/schema-backup";
import { anywhere } from "./network";

const FOLDER = "/backups";

/** What a pod needs to reach the place where backups are kept. */
export interface BackupPlace {
  env: k8s.types.input.core.v1.EnvVar[];
  volumes: k8s.types.input.core.v1.Volume[];
  volumeMounts: k8s.types.input.core.v1.VolumeMount[];
  egress: k8s.types.input.networking.v1.NetworkPolicyEgressRule[];
}

/**
 * The bucket that the config names, else a volume.
 *
 * @param claim name of the volume's claim
 * @param scratch size of the database's volume: a dump on its way to or from a bucket takes no more
 */
export function backupPlace({ bucket }: BackupConfig, claim: string, scratch: string): BackupPlace {
  const tmp = { name: "tmp", mountPath: "/tmp" };
  if (!bucket) {
    return {
      env: [{ name: "BACKUP_DIR", value: FOLDER }],
      volumes: [
        { name: "tmp", emptyDir: {} },
        { name: "backups", persistentVolumeClaim: { claimName: claim } },
      ],
      volumeMounts: [tmp, { name: "backups", mountPath: FOLDER }],
      egress: [],
    };
  }
  const key = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: bucket.credentialsSecret, key } },
  });
  return {
    env: [
      { name: "BACKUP_BUCKET", value: bucket.bucket },
      { name: "BACKUP_PREFIX", value: bucket.prefix },
      { name: "AWS_ENDPOINT_URL_S3", value: bucket.endpoint },
      { name: "AWS_REGION", value: bucket.region },
      key("AWS_ACCESS_KEY_ID", "accessKey"),
      key("AWS_SECRET_ACCESS_KEY", "secretKey"),
    ],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: scratch } }],
    volumeMounts: [tmp],
    egress: [anywhere(httpsPort(bucket.endpoint))],
  };
}

/** The TCP port of an https URL. */
export function httpsPort(url: string): number {
  return Number(new URL(url).port || 443);
}
