import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./hash";
import { retriedByUp } from "./jobs";
import { mcPod } from "./mc-pod";
import { appLabel, webhookArn } from "./names";
import { letOut } from "./network";

export interface ObjectStoreGateArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** ServiceAccount of the pod; it needs no rights. */
  account: pulumi.Input<string>;
  /** Secret whose key `mc-host` holds the URL with the root credentials. */
  credentials: pulumi.Input<string>;
  /** Secret whose key `ca.crt` is the CA that signed the store's certificate. */
  certificate: pulumi.Input<string>;
  /** `host:port` of every pod of the store. */
  pods: readonly string[];
  /** The server's settings; the gate is passed again when they change. */
  settings: Record<string, string>;
}

/**
 * Writes an object, reads it back, and looks for the webhook target on every pod, until all of it works.
 *
 * MinIO's readiness probe is green before writes work. One invalid notification target silently disables all of a
 * pod's, so a pod whose queue cannot be written drops the events of the puts that it answers.
 */
export const GATE_SCRIPT = `set -eu
attempt() {
  mc mb --quiet --ignore-existing "lake/$PROBE" &&
  echo "$HOSTNAME" | mc pipe --quiet "lake/$PROBE/object" &&
  test "$(mc cat "lake/$PROBE/object")" = "$HOSTNAME" &&
  mc rb --quiet --force "lake/$PROBE" || return 1
  for pod in $PODS; do
    MC_HOST_pod="\${MC_HOST_lake%@*}@$pod" mc admin info --json pod | grep -F "$WEBHOOK_ARN" || {
      echo "$pod knows no target for events; if that stays so, see whether its queue volume can be written"
      return 1
    }
  done
}
until attempt > /tmp/attempt 2>&1; do
  echo "not yet: $(tail -n 1 /tmp/attempt)"
  sleep 2
done
echo "objects can be written and read, and events have a target on every pod"
`;

/** A Job that ends once the object store takes a PUT, answers a GET, and each of its pods knows the webhook target. */
export class ObjectStoreGate extends pulumi.ComponentResource {
  /** What is there once the gate is passed. */
  readonly passed: pulumi.Resource;

  constructor(name: string, args: ObjectStoreGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:ObjectStoreGate", name, {}, opts);
    const { account, image, credentials, certificate } = args;
    this.passed = new k8s.batch.v1.Job(
      name,
      {
        metadata: {
          name: `${name}-${contentHash(image, args.settings, args.pods, GATE_SCRIPT)}`,
          namespace: args.namespace,
          labels: { [appLabel]: name },
          annotations: retriedByUp,
        },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 600,
          template: mcPod({
            app: name,
            script: GATE_SCRIPT,
            env: [
              { name: "PROBE", value: "write-check" },
              { name: "PODS", value: args.pods.join(" ") },
              { name: "WEBHOOK_ARN", value: webhookArn },
            ],
            ...{ account, image, credentials, certificate },
          }),
        },
      },
      { parent: this, customTimeouts: { create: "10m" } },
    );
    letOut(name, { app: name, namespace: args.namespace, to: [{ to: [{ podSelector: {} }] }] }, { parent: this });
    this.registerOutputs();
  }
}
