import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { MonitoringConfig } from "../config/schema-monitoring";
import type { Exposure } from "../config/values";
import { httpsPort } from "./backup-place";
import type { DatabaseServer, DatabaseServerArgs } from "./database-server";
import { databaseLabel, namespaces, serviceNames } from "./names";
import { apiServer, databasePods, outside, podsOf, serviceExposure, tcp } from "./network";
import { ARCHIVE, archiveSpec, clusterSpec, poolerSpec, scheduledBackupSpec } from "./postgis-cluster-objects";
import { dataOptions } from "./protection";
import { ServerCertificate } from "./server-certificate";

/** Where the instances tell the operator how they are, and where they and the poolers are measured. */
const STATUS_PORT = 8000;
const METRICS_PORTS = [9187, 9127];

/**
 * PostgreSQL with replicas, an archive outside of the lake and a pooler, by CloudNativePG and its plugin barman-cloud.
 *
 * Every cluster in the config is declared; the last one serves. A cluster that is recovered comes up beside the one that
 * it follows, and the Service changes over when it is ready.
 */
export class PostgisCluster extends pulumi.ComponentResource implements DatabaseServer {
  readonly password: pulumi.Output<string>;
  readonly superuserSecret: pulumi.Output<string>;
  readonly certificate: pulumi.Output<string>;
  readonly service: string;
  readonly ready: pulumi.Resource;

  constructor(
    private readonly name: string,
    private readonly args: DatabaseServerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:PostgisCluster", name, { config: args.config }, opts);
    const { config, namespace } = args;
    const { clusters } = config.cloudNativePg;
    const data = { parent: this, ...dataOptions(args) };
    this.service = `${name}-pool`;

    this.password = new random.RandomPassword(`${name}-superuser`, { length: 40, special: false }, data).result;
    const secret = new k8s.core.v1.Secret(
      `${name}-superuser`,
      {
        metadata: { name: `${name}-superuser`, namespace, labels: { "cnpg.io/reload": "true" } },
        type: "kubernetes.io/basic-auth",
        stringData: { username: "postgres", password: this.password },
      },
      { parent: this },
    );
    this.superuserSecret = secret.metadata.name;
    const hosts = [name, this.service].flatMap((service) => serviceNames(service, namespaces.data));
    const certificate = new ServerCertificate(
      name,
      // The label has the operator load a renewed certificate.
      { namespace, issuer: args.issuer, hosts: [...hosts, args.host], labels: { "cnpg.io/reload": "true" } },
      { parent: this },
    );
    this.certificate = certificate.secret;
    const { bucket } = config.backup;
    if (!bucket) throw new Error("backend cloudnative-pg without database.backup.bucket: the config is not checked");
    const archive = this.custom(
      "barmancloud.cnpg.io/v1",
      "ObjectStore",
      ARCHIVE,
      archiveSpec(bucket, config.backup.keep),
    );
    const flows = this.flows(httpsPort(bucket.endpoint));

    const made = clusters.map((cluster) => {
      const resource = this.custom(
        "postgresql.cnpg.io/v1",
        "Cluster",
        cluster.name,
        clusterSpec({ ...args, cluster, superuserSecret: `${name}-superuser`, certificate: this.certificate }),
        { ...data, dependsOn: [secret, archive, flows], customTimeouts: { create: "60m" } },
        // Else `up` goes on before there is a server.
        { annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      );
      this.custom(
        "postgresql.cnpg.io/v1",
        "ScheduledBackup",
        cluster.name,
        scheduledBackupSpec(cluster.name, config.backup.schedule),
        { parent: this, dependsOn: resource },
      );
      return { ...cluster, resource };
    });
    // The schema says that there is one.
    const serving = made.at(-1)!;
    const pooler = this.custom(
      "postgresql.cnpg.io/v1",
      "Pooler",
      `${serving.name}-pool`,
      poolerSpec(serving.name, config),
      { parent: this, dependsOn: serving.resource },
    );
    if (args.monitoring.namespace) this.monitor(args.monitoring);
    this.serve(this.service, { "cnpg.io/poolerName": `${serving.name}-pool` }, pooler);
    const primary = { "cnpg.io/cluster": serving.name, "cnpg.io/instanceRole": "primary" };
    this.ready = this.serve(name, primary, serving.resource, config.exposure);
    this.registerOutputs({});
  }
  /** A Service to one port of PostgreSQL's protocol; from outside only where the config says so. */
  private serve(
    service: string,
    selector: Record<string, string>,
    behind: pulumi.Resource,
    exposure: Exposure = { type: "ClusterIP" },
  ): k8s.core.v1.Service {
    const { namespace, port } = this.args;
    return new k8s.core.v1.Service(
      service,
      {
        metadata: { name: service, namespace },
        spec: { selector, ...serviceExposure(exposure, { name: "postgres", port, targetPort: port }) },
      },
      { parent: this, dependsOn: behind },
    );
  }

  /** Who reaches instances and poolers, and what they reach: one another, the API server and the archive. */
  private flows(archivePort: number): k8s.networking.v1.NetworkPolicy {
    const { namespace, port, config, podCidrs, apiServerPorts, monitoring } = this.args;
    return new k8s.networking.v1.NetworkPolicy(
      this.name,
      {
        metadata: { name: this.name, namespace },
        spec: {
          // Instances, poolers, and the Jobs that fill an instance, which have no label of ours.
          podSelector: { matchExpressions: [{ key: "cnpg.io/cluster", operator: "Exists" }] },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [{ podSelector: {} }, podsOf(namespaces.pipelines), ...outside(config.exposure, podCidrs)],
              ports: [tcp(port)],
            },
            { from: [databasePods()], ports: [tcp(STATUS_PORT)] },
            { from: [podsOf(config.cloudNativePg.operatorNamespace)], ports: [tcp(port), tcp(STATUS_PORT)] },
            ...(monitoring.namespace ? [{ from: [podsOf(monitoring.namespace)], ports: METRICS_PORTS.map(tcp) }] : []),
          ],
          egress: [
            { to: [databasePods()], ports: [tcp(port), tcp(STATUS_PORT)] },
            apiServer(apiServerPorts),
            { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(archivePort)] },
          ],
        },
      },
      { parent: this },
    );
  }

  private monitor({ labels }: MonitoringConfig): void {
    const spec = { selector: { matchLabels: databaseLabel }, podMetricsEndpoints: [{ port: "metrics" }] };
    this.custom("monitoring.coreos.com/v1", "PodMonitor", this.name, spec, {}, { labels });
  }

  /** An object of a kind that an operator brings. */
  private custom(
    apiVersion: string,
    kind: string,
    object: string,
    spec: object,
    opts: pulumi.CustomResourceOptions = {},
    metadata: { annotations?: Record<string, string>; labels?: Record<string, string> } = {},
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `${this.name}-${kind.toLowerCase()}-${object}`,
      { apiVersion, kind, metadata: { name: object, namespace: this.args.namespace, ...metadata }, spec },
      { parent: this, ...opts },
    );
  }
}
