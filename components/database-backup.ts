import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import { type BackupPlace, backupPlace } from "./backup-place";
import { caMount, caVolume, checkedConnection } from "./ca-volume";
import { databaseSecret } from "./credentials-secret";
import type { DatabaseServer } from "./database-server";
import { jobPod } from "./jobs";
import { databasePods, letOut, tcp } from "./network";
import { type DataOptions, dataOptions } from "./protection";

/** The user of the image with `dronelake`. */
const UID = 65532;
const HOUR_S = 3600;

export interface DatabaseBackupArgs extends DataOptions {
  /** Namespace of the database. */
  namespace: pulumi.Input<string>;
  /** The image with `dronelake` and PostgreSQL's client; when backups are taken, where to, and how many are kept. */
  environment: Pick<Environment, "images" | "database">;
  /** Storage class of the volume where the config names none; the cluster's default without it. */
  storageClass?: string;
  /** Where the database is, inside the cluster. */
  database: { host: string; port: number; name: string };
  /** Password of the role `backup`. */
  password: pulumi.Input<string>;
  /** The server: its certificate, and the superuser's password, which a restore takes. */
  server: Pick<DatabaseServer, "certificate" | "superuserSecret">;
}

/**
 * A nightly dump of the database, and a CronJob that never runs by itself: a Job made from it restores the newest dump.
 * With a backend that archives there is neither.
 */
export class DatabaseBackup extends pulumi.ComponentResource {
  constructor(
    private readonly name: string,
    private readonly args: DatabaseBackupArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:DatabaseBackup", name, { config: args.environment.database.backup }, opts);
    if (args.environment.database.backend === "statefulset") this.declare();
    this.registerOutputs({});
  }

  private declare(): void {
    const { name, args } = this;
    const { namespace } = args;
    const config = args.environment.database.backup;
    const place = backupPlace(config, `${name}s`, args.environment.database.storage);
    const secret = databaseSecret("backup", namespace, args.password, { parent: this });
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    const to = [{ to: [databasePods()], ports: [tcp(args.database.port)] }, ...place.egress];
    const flows = letOut(name, { app: name, namespace, to }, { parent: this });
    const after = {
      parent: this,
      dependsOn: [account, flows, ...(config.bucket ? [] : [this.volume(`${name}s`)])],
    };

    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: { name, namespace },
        spec: {
          schedule: config.schedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: 6 * HOUR_S,
              template: this.pod("backup", place, { role: "backup", secret: secret.metadata.name }),
            },
          },
        },
      },
      after,
    );
    new k8s.batch.v1.CronJob(
      "database-restore",
      {
        metadata: { name: "database-restore", namespace },
        spec: {
          // It never runs by itself: a person makes a Job from it, and another one when that has failed.
          suspend: true,
          schedule: "0 0 1 1 *",
          jobTemplate: {
            spec: {
              backoffLimit: 0,
              activeDeadlineSeconds: 24 * HOUR_S,
              template: this.pod("restore", place, { role: "postgres", secret: args.server.superuserSecret }),
            },
          },
        },
      },
      after,
    );
  }

  /** A pod that runs one command of `dronelake` as a role of the database. */
  private pod(
    command: string,
    place: BackupPlace,
    login: { role: string; secret: pulumi.Input<string> },
  ): k8s.types.input.core.v1.PodTemplateSpec {
    const { database, environment } = this.args;
    return jobPod({
      app: this.name,
      account: this.name,
      uid: UID,
      container: {
        name: command,
        image: environment.images.tasks,
        command: ["dronelake", command],
        env: [
          { name: "PGHOST", value: database.host },
          { name: "PGPORT", value: String(database.port) },
          { name: "PGDATABASE", value: database.name },
          { name: "PGUSER", value: login.role },
          { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: login.secret, key: "password" } } },
          { name: "BACKUP_KEEP", value: String(environment.database.backup.keep) },
          ...checkedConnection,
          ...place.env,
        ],
        resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        volumeMounts: [...place.volumeMounts, caMount],
      },
      volumes: [...place.volumes, caVolume(this.args.server.certificate)],
    });
  }

  private volume(claim: string): k8s.core.v1.PersistentVolumeClaim {
    const { environment, namespace, storageClass } = this.args;
    const { volume } = environment.database.backup;
    return new k8s.core.v1.PersistentVolumeClaim(
      claim,
      {
        // Where volumes are made for their first pod, this one is made in the first night: nothing waits for it.
        metadata: { name: claim, namespace, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: volume.storageClass ?? storageClass,
          resources: { requests: { storage: volume.size } },
        },
      },
      { parent: this, ...dataOptions(this.args) },
    );
  }
}
