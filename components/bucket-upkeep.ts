import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./hash";
import { retriedByUp } from "./jobs";
import { mcPod } from "./mc-pod";
import { objectStore } from "./names";
import { letOut, pods, tcp } from "./network";
import { serverSecretName } from "./server-certificate";

export interface BucketUpkeep {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** With `MODE=set` it makes the buckets so, with `MODE=look` it only looks; fails where one is not. */
  script: string;
  /** What the script is told. */
  env: k8s.types.input.core.v1.EnvVar[];
  /** What the buckets are to be like; the Job runs again when it changes. */
  rules: unknown;
  /** When it looks, as cron writes it. */
  schedule: string;
}

/**
 * Keeps buckets as Pulumi's provider cannot declare them: a Job of `up` makes them so as root, and another looks every
 * night whether they still are, and fails where they are not.
 */
export function keepBuckets(name: string, args: BucketUpkeep, parent: pulumi.Resource): void {
  const { namespace, image, script, env } = args;
  const account = new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace }, automountServiceAccountToken: false },
    { parent },
  );
  const flows = letOut(
    name,
    { app: name, namespace, to: [{ to: [pods(objectStore.name)], ports: [tcp(objectStore.port)] }] },
    { parent },
  );
  const spec = (mode: "set" | "look") => ({
    backoffLimit: 2,
    activeDeadlineSeconds: 300,
    template: mcPod({
      app: name,
      account: account.metadata.name,
      image,
      script,
      env: [...env, { name: "MODE", value: mode }],
      credentials: objectStore.rootSecret,
      certificate: serverSecretName(objectStore.name),
    }),
  });
  const after = { parent, dependsOn: flows };
  const hash = contentHash(image, args.rules, script);
  new k8s.batch.v1.Job(
    name,
    { metadata: { name: `${name}-${hash}`, namespace, annotations: retriedByUp }, spec: spec("set") },
    after,
  );
  new k8s.batch.v1.CronJob(
    name,
    {
      metadata: { name, namespace },
      spec: {
        schedule: args.schedule,
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 2,
        jobTemplate: { spec: spec("look") },
      },
    },
    after,
  );
}
