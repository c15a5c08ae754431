import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { appLabel } from "./names";
import { restrictedContainer, restrictedPod } from "./security";

/** Annotations of a Job that `up` waits for: one that has failed never runs again, so the next `up` makes it anew. */
export const retriedByUp = { "pulumi.com/replaceUnready": "true" };

export interface JobPod {
  /** The part of the lake that the pod is, as network policies select it. */
  app: string;
  account: pulumi.Input<string>;
  /** The user that it runs as. */
  uid: number;
  /** What it runs, once; the rest of its settings are the same for all. */
  container: k8s.types.input.core.v1.Container;
  volumes: k8s.types.input.core.v1.Volume[];
}

/** The pod of a Job: one restricted container that does not talk to the API server, and is not started again by the node. */
export function jobPod({ app, account, uid, container, volumes }: JobPod): k8s.types.input.core.v1.PodTemplateSpec {
  return {
    metadata: { labels: { [appLabel]: app } },
    spec: {
      restartPolicy: "Never",
      serviceAccountName: account,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod(uid),
      containers: [{ imagePullPolicy: "IfNotPresent", securityContext: restrictedContainer(), ...container }],
      volumes,
    },
  };
}
