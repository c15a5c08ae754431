import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { caMount, caVolume, checkedConnection } from "./ca-volume";
import { databaseSecret } from "./credentials-secret";
import { contentHash } from "./hash";
import { jobPod, retriedByUp } from "./jobs";
import { appLabel } from "./names";
import { databasePods, letOut, tcp } from "./network";

export interface MigrationArgs {
  /** Namespace of the Job; the owner's password stays in it. */
  namespace: pulumi.Input<string>;
  /** Image with `dronelake`. */
  image: string;
  /** Version of pgSTAC that the image brings; another one runs the Job again. */
  pgstac: string;
  /** Where the database is, inside the cluster. */
  database: { host: string; port: number; name: string };
  /** The role that owns the database. */
  owner: string;
  password: pulumi.Input<string>;
  /** Secret of the server's certificate. */
  certificate: pulumi.Input<string>;
}

/** A Job that brings pgSTAC, the collections and our own tables up to date; `up` waits for it. */
export class Migration extends pulumi.ComponentResource {
  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Migration", name, {}, opts);
    const { database, namespace } = args;
    const secret = databaseSecret(args.owner, namespace, args.password, { parent: this });
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    const to = [{ to: [databasePods()], ports: [tcp(database.port)] }];
    const flows = letOut(name, { app: name, namespace, to }, { parent: this });
    const credential = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key } },
    });
    new k8s.batch.v1.Job(
      name,
      {
        metadata: {
          name: `${name}-${contentHash(args.image, args.pgstac)}`,
          namespace,
          labels: { [appLabel]: name },
          annotations: retriedByUp,
        },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 900,
          template: jobPod({
            app: name,
            account: account.metadata.name,
            uid: 65532,
            container: {
              name: "migrate",
              image: args.image,
              command: ["dronelake", "migrate"],
              env: [
                { name: "PGHOST", value: database.host },
                { name: "PGPORT", value: String(database.port) },
                { name: "PGDATABASE", value: database.name },
                ...checkedConnection,
                credential("PGUSER", "user"),
                credential("PGPASSWORD", "password"),
              ],
              resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "1Gi" } },
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, caMount],
            },
            volumes: [{ name: "tmp", emptyDir: {} }, caVolume(args.certificate)],
          }),
        },
      },
      { parent: this, dependsOn: flows, customTimeouts: { create: "15m" } },
    );
    this.registerOutputs({});
  }
}
