import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import { appLabel } from "./names";
import { serviceExposure } from "./network";
import { restrictedContainer, restrictedPod } from "./security";

/** Where a server finds its certificate: `tls.crt`, `tls.key`, and `ca.crt` of who signed it. */
export const CERTIFICATE_FOLDER = "/etc/tls";

type Container = k8s.types.input.core.v1.Container;

export interface WebServer {
  namespace: pulumi.Input<string>;
  image: string;
  /** The user that it runs as. */
  uid: number;
  config: Pick<Environment["catalogue"], "replicas" | "exposure" | "resources">;
  /** Of the Service and of the pods. */
  port: number;
  /** Secret of its certificate. */
  certificate: pulumi.Input<string>;
  /** What it runs, is told, and has beside the certificate. */
  container: Pick<Container, "command" | "args"> & Required<Pick<Container, "env">> & { mounts?: VolumeMount[] };
  volumes?: k8s.types.input.core.v1.Volume[];
  /** Paths of the probes. */
  health: { alive: string; ready: string };
  /** Network policies that have to be there before it starts. */
  flows: pulumi.Resource[];
}
type VolumeMount = k8s.types.input.core.v1.VolumeMount;

/** A server of ours without a state of its own, over TLS: Service, Deployment, and a budget where there are replicas. */
export function webServer(name: string, args: WebServer, parent: pulumi.Resource): void {
  const { namespace, config, port, health } = args;
  const { env, mounts = [], ...runs } = args.container;
  const labels = { [appLabel]: name };
  const account = new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace }, automountServiceAccountToken: false },
    { parent },
  );
  const service = new k8s.core.v1.Service(
    name,
    {
      metadata: { name, namespace, labels },
      spec: { selector: labels, ...serviceExposure(config.exposure, { name: "https", port, targetPort: "https" }) },
    },
    { parent },
  );
  if (config.replicas > 1) {
    new k8s.policy.v1.PodDisruptionBudget(
      name,
      { metadata: { name, namespace }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      { parent },
    );
  }
  const probe = (path: string) => ({ httpGet: { path, port: "https", scheme: "HTTPS" }, timeoutSeconds: 10 });
  new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name, namespace, labels },
      spec: {
        replicas: config.replicas,
        // One by one: its share of the database's connections has room for one pod more.
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: restrictedPod(args.uid),
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: labels },
              },
            ],
            containers: [
              {
                name,
                image: args.image,
                imagePullPolicy: "IfNotPresent",
                ...runs,
                env,
                ports: [{ name: "https", containerPort: port }],
                startupProbe: { ...probe(health.alive), periodSeconds: 2, failureThreshold: 60 },
                livenessProbe: { ...probe(health.alive), periodSeconds: 15, failureThreshold: 4 },
                readinessProbe: { ...probe(health.ready), periodSeconds: 10, failureThreshold: 2 },
                resources: {
                  requests: { cpu: config.resources.cpu, memory: config.resources.memory },
                  limits: { memory: config.resources.memory },
                },
                securityContext: restrictedContainer(),
                volumeMounts: [{ name: "tls", mountPath: CERTIFICATE_FOLDER, readOnly: true }, ...mounts],
              },
            ],
            volumes: [
              { name: "tls", secret: { secretName: args.certificate, defaultMode: 0o440 } },
              ...(args.volumes ?? []),
            ],
          },
        },
      },
    },
    { parent, dependsOn: [service, ...args.flows] },
  );
}
