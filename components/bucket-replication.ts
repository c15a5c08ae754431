import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ReplicationConfig } from "../config/schema-replication";
import { contentHash } from "./hash";
import { retriedByUp } from "./jobs";
import { mcPod } from "./mc-pod";
import { objectStore } from "./names";
import { letOut, pods, tcp } from "./network";
import { serverSecretName } from "./server-certificate";

/** Name of the pods, as network policies select them. */
export const REPLICATION = "replication";

/**
 * Makes each of `BUCKETS` copy every new version, delete marker and object that is there already to the bucket of the
 * same name at `copy`, unless it is only to look; fails where one does not. What is removed for good stays in the copy.
 */
export const REPLICATION_SCRIPT = `set -u
status=0
copies() {
  mc replicate ls --json "lake/$1" 2>&1 | grep -F "\\"$RULE\\"" > /tmp/found
}
for bucket in $BUCKETS; do
  remote="copy/$PREFIX$bucket"
  if test "$MODE" = set; then
    if copies "$bucket"; then
      # The credentials may be others.
      mc replicate update "lake/$bucket" --id "$RULE" --remote-bucket "$remote" > /tmp/set 2>&1 || { cat /tmp/set; status=1; }
    else
      mc replicate rm "lake/$bucket" --all --force > /tmp/set 2>&1
      mc replicate add "lake/$bucket" --id "$RULE" --priority 1 --remote-bucket "$remote" \\
        --replicate delete-marker,existing-objects > /tmp/set 2>&1 || cat /tmp/set
    fi
  fi
  if copies "$bucket"; then
    echo "$bucket is copied to $ENDPOINT"
  else
    echo "$bucket is not copied to $ENDPOINT: $(mc replicate ls --json "lake/$bucket" 2>&1 | tail -n 1); an up sets it again"
    status=1
  fi
done
exit $status
`;

export interface BucketReplicationArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** Where to, and which buckets. */
  config: ReplicationConfig;
}

/**
 * Copies of buckets in another object store, which Pulumi's provider cannot declare: a Job has each bucket replicated,
 * and another looks every night whether it still is, and fails where it is not.
 */
export class BucketReplication extends pulumi.ComponentResource {
  private readonly parent = { parent: this };

  constructor(
    private readonly name: string,
    private readonly args: BucketReplicationArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:BucketReplication", name, {}, opts);
    const { namespace, config } = args;
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      this.parent,
    );
    const flows = letOut(
      name,
      { app: name, namespace, to: [{ to: [pods(objectStore.name)], ports: [tcp(objectStore.port)] }] },
      this.parent,
    );
    const after = { ...this.parent, dependsOn: flows };
    const spec = { backoffLimit: 2, activeDeadlineSeconds: 300 };
    const hash = contentHash(args.image, config, REPLICATION_SCRIPT);
    new k8s.batch.v1.Job(
      name,
      {
        metadata: { name: `${name}-${hash}`, namespace, annotations: retriedByUp },
        spec: { ...spec, template: this.pod("set", account.metadata.name) },
      },
      after,
    );
    new k8s.batch.v1.CronJob(
      name,
      {
        metadata: { name, namespace },
        spec: {
          schedule: "37 3 * * *",
          concurrencyPolicy: "Forbid",
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 2,
          jobTemplate: { spec: { ...spec, template: this.pod("look", account.metadata.name) } },
        },
      },
      after,
    );
    this.registerOutputs({});
  }

  private pod(mode: "set" | "look", account: pulumi.Output<string>): k8s.types.input.core.v1.PodTemplateSpec {
    const { endpoint, credentialsSecret, bucketPrefix, buckets } = this.args.config;
    const fromSecret = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: credentialsSecret, key } },
    });
    return mcPod({
      app: this.name,
      account,
      image: this.args.image,
      script: REPLICATION_SCRIPT,
      env: [
        fromSecret("COPY_ACCESS_KEY", "accessKey"),
        fromSecret("COPY_SECRET_KEY", "secretKey"),
        { name: "MC_HOST_copy", value: endpoint.replace("://", "://$(COPY_ACCESS_KEY):$(COPY_SECRET_KEY)@") },
        { name: "ENDPOINT", value: endpoint },
        { name: "PREFIX", value: bucketPrefix },
        { name: "BUCKETS", value: buckets.join(" ") },
        { name: "RULE", value: `copy-${contentHash(endpoint, bucketPrefix)}` },
        { name: "MODE", value: mode },
      ],
      credentials: objectStore.rootSecret,
      certificate: serverSecretName(objectStore.name),
    });
  }
}
