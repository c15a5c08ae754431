import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./hash";
import { retriedByUp } from "./jobs";
import { mcPod } from "./mc-pod";
import { appLabel, webhookArn } from "./names";
import { letOut } from "./network";
import { LAYOUT_ID } from "./object-store-layout";

export interface ObjectStoreGateArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** ServiceAccount of the pod; it needs no rights. */
  account: pulumi.Input<string>;
  /** Secret whose keys `mc-host` and `mc-host-before` hold the URL with the root credentials, and with those of before. */
  credentials: pulumi.Input<string>;
  /** Secret whose key `ca.crt` is the CA that signed the store's certificate. */
  certificate: pulumi.Input<string>;
  /** `host:port` of every pod of the store. */
  pods: readonly string[];
  /** The server's settings; the gate is passed again when they change. */
  settings: Record<string, string>;
  /** Id of the layout; servers that have started with another are restarted. */
  layout: string;
  /** Generation of the root credentials; servers that run with those before are restarted. */
  rootKey: string;
}

/** Seconds within which a kubelet brings a changed Secret or ConfigMap to the files of a pod that runs. */
const FILES_SETTLE_S = 120;

/**
 * Restarts servers that run with other root credentials or another layout than they are to have, then writes an object
 * through every pod, reads it back, and looks for the webhook target there, until all of it works.
 *
 * Servers with different root credentials do not talk to one another, and one that starts does not join others with
 * another layout; so all restart at the same moment, each in its pod, within a second. MinIO's readiness probe is
 * green before writes work. One invalid notification target silently disables all of a pod's, so a pod whose queue
 * cannot be written drops the events of the puts that it answers.
 */
export const GATE_SCRIPT = `set -eu
# What a pod tells of the servers that it knows, to one of root's credentials; mc ends well also where it is refused.
told() {
  MC_HOST_pod="\${2%@*}@$1" mc admin info --json pod | grep -F '"status":"success"'
}
# Restarts all servers where a pod takes the credentials before, or knows a server with another layout.
renew() {
  for pod in $PODS; do
    key="$MC_HOST_lake"
    told "$pod" "$key" > /tmp/told || {
      key="$MC_HOST_before"
      test "$key" != "$MC_HOST_lake" && told "$pod" "$key" > /tmp/told || continue
    }
    if test "$key" = "$MC_HOST_lake"; then
      grep -o "$LAYOUT_ID[^,]*" /tmp/told | grep -qvF "$LAYOUT" || continue
    fi
    echo "$pod runs with what was before; all servers restart in $SETTLE seconds, when every pod has the new files"
    sleep "$SETTLE"
    MC_HOST_pod="\${key%@*}@$pod" mc admin service restart --json pod > /tmp/restart 2>&1 || cat /tmp/restart
    return 0
  done
}
attempt() {
  mc mb --quiet --ignore-existing "lake/$PROBE" || return 1
  for pod in $PODS; do
    told "$pod" "$MC_HOST_lake" | grep -F "$WEBHOOK_ARN" || {
      echo "$pod knows no target for events; if that stays so, see whether its queue volume can be written"
      return 1
    }
    export MC_HOST_pod="\${MC_HOST_lake%@*}@$pod"
    echo "$HOSTNAME" | mc pipe --quiet "pod/$PROBE/object" &&
    test "$(mc cat "pod/$PROBE/object")" = "$HOSTNAME" || {
      echo "$pod takes no object, or does not give it back"
      return 1
    }
  done
  mc rb --quiet --force "lake/$PROBE"
}
renew 2> /tmp/renew
until attempt > /tmp/attempt 2>&1; do
  echo "not yet: $(tail -n 1 /tmp/attempt)"
  sleep 2
  renew 2> /tmp/renew
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
          name: `${name}-${contentHash(image, args.settings, args.layout, args.rootKey, args.pods, GATE_SCRIPT)}`,
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
              { name: "MC_HOST_before", valueFrom: { secretKeyRef: { name: credentials, key: "mc-host-before" } } },
              { name: "LAYOUT_ID", value: LAYOUT_ID },
              { name: "LAYOUT", value: args.layout },
              { name: "SETTLE", value: String(FILES_SETTLE_S) },
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
