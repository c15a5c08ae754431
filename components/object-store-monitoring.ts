import { createHmac } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { MonitoringConfig } from "../config/schema-monitoring";
import { NEVER_IN_THE_LAKE } from "./access";
import { bucketArn, type PolicyDocument } from "./bucket-policy";
import { appLabel, bucketNames, namespaces, objectStore, peersOf, serviceHost } from "./names";
import { objectStoreAlerts } from "./object-store-alerts";
import { serverSecretName } from "./server-certificate";
import { storeUser } from "./store-user";

/** Where MinIO answers with what it knows of the whole store. */
export const METRICS_PATH = "/minio/v2/metrics/cluster";

/** All that the reader of metrics may do. */
export const METRICS_POLICY: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    // An action of administration is of the whole store, whatever resource is named.
    { Sid: "Metrics", Effect: "Allow", Action: ["admin:Prometheus"], Resource: bucketNames.map(bucketArn) },
    NEVER_IN_THE_LAKE,
  ],
};

/** 1 January 2100, in seconds: a new password of the user is what ends a token. */
const EXPIRY = 4_102_444_800;

/** The token of a user of the object store for its metrics, as `mc admin prometheus generate` makes it: a JWT signed with the password. */
export function metricsToken(user: string, password: string): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const content = `${part({ alg: "HS512", typ: "JWT" })}.${part({ exp: EXPIRY, iss: "prometheus", sub: user })}`;
  return `${content}.${createHmac("sha512", password).update(content).digest("base64url")}`;
}

export interface ObjectStoreMonitoringArgs {
  /** Namespace of the object store. */
  namespace: pulumi.Input<string>;
  /** How Prometheus' operator finds what is declared for it. */
  config: MonitoringConfig;
}

/** What Prometheus' operator needs to watch the object store: who reads the metrics, where, and when to raise an alarm. */
export class ObjectStoreMonitoring extends pulumi.ComponentResource {
  constructor(name: string, { namespace, config }: ObjectStoreMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:ObjectStoreMonitoring", name, {}, opts);
    const parent = { parent: this };
    const store = objectStore.name;
    const reader = storeUser(name, "metrics-reader", METRICS_POLICY, parent);
    const token = pulumi.all([reader.name, reader.secret]).apply(([user, password]) => metricsToken(user, password));
    const secret = new k8s.core.v1.Secret(
      name,
      { metadata: { name: `${store}-metrics`, namespace }, stringData: { token: pulumi.secret(token) } },
      parent,
    );
    const metadata = { name: store, namespace, labels: { ...config.labels, [appLabel]: store } };
    new k8s.apiextensions.CustomResource(
      `${name}-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata,
        spec: {
          selector: { matchLabels: peersOf(store) },
          endpoints: [
            {
              port: "s3",
              path: METRICS_PATH,
              scheme: "https",
              interval: "60s",
              authorization: { credentials: { name: secret.metadata.name, key: "token" } },
              tlsConfig: {
                ca: { secret: { name: serverSecretName(store), key: "ca.crt" } },
                serverName: serviceHost(store, namespaces.data),
              },
            },
          ],
        },
      },
      { ...parent, dependsOn: reader.attached },
    );
    new k8s.apiextensions.CustomResource(
      `${name}-alerts`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata,
        spec: { groups: [{ name: store, rules: objectStoreAlerts }] },
      },
      parent,
    );
    this.registerOutputs({});
  }
}
