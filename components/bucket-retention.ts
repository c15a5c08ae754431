import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./hash";
import { retriedByUp } from "./jobs";
import { mcPod } from "./mc-pod";
import { type BucketName, objectStore } from "./names";
import { letOut, pods, tcp } from "./network";
import { serverSecretName } from "./server-certificate";

/** Name of the pods, as network policies select them. */
export const RETENTION = "retention";

/** Sets each bucket's default retention (`RULES`: `bucket=days` words), unless it is only to look; fails where one is not as it should be. */
export const RETENTION_SCRIPT = `set -u
status=0
for rule in $RULES; do
  bucket="\${rule%=*}" days="\${rule#*=}"
  test "$MODE" = look || mc retention set --quiet --default COMPLIANCE "\${days}d" "lake/$bucket" > /tmp/set 2>&1 || cat /tmp/set
  found="$(mc retention info --json --default "lake/$bucket")"
  case "$found" in
    *'"mode":"COMPLIANCE"'*'"validity":"'"\${days}DAYS"'"'*) echo "$bucket keeps every version for $days days" ;;
    *) echo "$bucket does not keep every version for $days days: $found; an up sets it again"; status=1 ;;
  esac
done
exit $status
`;

export interface BucketRetentionArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** Days that each bucket keeps every version. */
  rules: Partial<Record<BucketName, number>>;
}

/**
 * The default retention of buckets with object locks, which Pulumi's provider cannot declare: a Job sets it, and another
 * looks every night whether it still is so, and fails where it is not.
 */
export class BucketRetention extends pulumi.ComponentResource {
  private readonly parent = { parent: this };

  constructor(
    private readonly name: string,
    private readonly args: BucketRetentionArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:BucketRetention", name, {}, opts);
    const { namespace, rules } = args;
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
    const hash = contentHash(args.image, rules, RETENTION_SCRIPT);
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
          schedule: "17 3 * * *",
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
    const rules = Object.entries(this.args.rules).map(([bucket, days]) => `${bucket}=${days}`);
    return mcPod({
      app: this.name,
      account,
      image: this.args.image,
      script: RETENTION_SCRIPT,
      env: [
        { name: "RULES", value: rules.join(" ") },
        { name: "MODE", value: mode },
      ],
      credentials: objectStore.rootSecret,
      certificate: serverSecretName(objectStore.name),
    });
  }
}
