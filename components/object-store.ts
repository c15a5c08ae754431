import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ObjectStoreConfig } from "../config/schema-servers";
import { httpsPort } from "./backup-place";
import { REPLICATION } from "./bucket-replication";
import { RETENTION } from "./bucket-retention";
import type { IssuerRef } from "./lake-issuer";
import {
  appLabel,
  eventListener,
  eventListenerUrl,
  mcp,
  namespaces,
  objectStore,
  peersOf,
  serviceHost,
  serviceNames,
} from "./names";
import { anywhere, outside, pods, podsOf, serviceExposure, tcp } from "./network";
import { storeEncryption } from "./object-store-encryption";
import { ObjectStoreGate } from "./object-store-gate";
import { LAYOUT_FILE, layoutFile, minioPods, minioSettings, minioVolumes } from "./object-store-layout";
import { objectStorePool } from "./object-store-pool";
import { type DataOptions, dataOptions } from "./protection";
import { endpointOf } from "./reachable";
import { ServerCertificate } from "./server-certificate";

export interface ObjectStoreArgs extends DataOptions {
  /** Namespace of the pods. */
  namespace: pulumi.Input<string>;
  /** Image with `minio` and `mc`. */
  image: string;
  /** Pools, parity, exposure, resources. */
  config: ObjectStoreConfig;
  /** Storage class of volumes whose pool names none; the cluster's default without it. */
  storageClass?: string;
  /** Who signs the certificate of the pods. */
  issuer: IssuerRef;
  /** `host:port` by which clients outside of the cluster call the S3 API. */
  endpoint: string;
  /** Addresses of the cluster's pods. */
  podCidrs: readonly string[];
  /** Namespace of Prometheus, where it watches the store. */
  watchedFrom?: string;
  /** Word that the events carry as `Authorization: Bearer <word>`. */
  webhookToken: pulumi.Input<string>;
}

interface Root {
  user: pulumi.Output<string>;
  password: pulumi.Output<string>;
}

/** MinIO: a StatefulSet a pool, the Services in front, and a gate that opens once objects can be written and read. */
export class ObjectStore extends pulumi.ComponentResource {
  /** Root user and password; for Pulumi's provider alone. */
  readonly root: Root;
  /** URL of the S3 API inside the cluster. */
  readonly url: string;
  /** What everything that speaks S3 depends on. */
  readonly ready: pulumi.Resource;

  constructor(
    private readonly name: string,
    private readonly args: ObjectStoreArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:ObjectStore", name, { config: args.config }, opts);
    const { config, namespace } = args;
    const { port } = objectStore;
    const headless = `${name}-hl`;
    this.url = `https://${serviceHost(name, namespaces.data)}:${port}`;
    const roots = config.rootKeys.map((generation) => this.rootCredentials(generation));
    this.root = roots.at(-1)!;
    const labels = { [appLabel]: name };

    const secret = new k8s.core.v1.Secret(
      `${name}-root`,
      {
        metadata: { name: objectStore.rootSecret, namespace },
        stringData: {
          user: this.root.user,
          password: this.root.password,
          "mc-host": this.mcHost(roots.at(-1)!),
          // The servers run with these until the gate has restarted them.
          "mc-host-before": this.mcHost(roots.at(-2) ?? roots.at(-1)!),
          "webhook-token": args.webhookToken,
        },
      },
      { parent: this },
    );
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      { parent: this },
    );
    const peers = new k8s.core.v1.Service(
      headless,
      {
        metadata: { name: headless, namespace, labels: peersOf(name) },
        spec: {
          clusterIP: "None",
          // The pods must find one another before any of them is ready.
          publishNotReadyAddresses: true,
          selector: labels,
          ports: [{ name: "s3", port }],
        },
      },
      { parent: this },
    );
    const client = new k8s.core.v1.Service(
      name,
      {
        metadata: { name, namespace, labels },
        spec: { selector: labels, ...serviceExposure(config.exposure, { name: "s3", port, targetPort: "s3" }) },
      },
      { parent: this },
    );
    const flows = this.networkPolicy();
    const certificate = new ServerCertificate(
      name,
      {
        namespace,
        issuer: args.issuer,
        hosts: [
          ...serviceNames(name, namespaces.data),
          `*.${serviceHost(headless, namespaces.data)}`,
          endpointOf(args.endpoint).host,
        ],
      },
      { parent: this },
    ).secret;

    const place = { store: name, headless, namespace: namespaces.data, port };
    const layout = layoutFile(minioVolumes(config, place));
    const { metadata } = new k8s.core.v1.ConfigMap(
      `${name}-layout`,
      { metadata: { name: `${name}-layout`, namespace }, data: { [LAYOUT_FILE]: layout.text } },
      { parent: this },
    );
    const settings = minioSettings(config, eventListenerUrl);
    const of = {
      ...args,
      store: name,
      headless,
      settings,
      layout: metadata.name,
      root: secret.metadata.name,
      certificate,
      account: account.metadata.name,
    };
    const servers = config.pools.map((pool) => objectStorePool(pool, of, this));
    const gate = new ObjectStoreGate(
      `${name}-gate`,
      {
        namespace,
        image: args.image,
        account: account.metadata.name,
        credentials: secret.metadata.name,
        certificate,
        pods: minioPods(config.pools, place),
        settings,
        layout: layout.id,
        rootKey: config.rootKeys.at(-1)!,
      },
      { parent: this, dependsOn: [...servers, peers, client, flows] },
    );
    this.ready = gate.passed;
    this.registerOutputs({ url: this.url });
  }

  /** Root's user and password of one generation. */
  private rootCredentials(generation: string): Root {
    const { name } = this;
    // One that is not the last any more may go.
    const protect = this.args.protect && generation === this.args.config.rootKeys.at(-1);
    const options = (former: string) => ({
      parent: this,
      ...dataOptions({ protect }),
      aliases: generation === "1" ? [{ name: former }] : [],
    });
    const user = new random.RandomString(
      `${name}-root-user-${generation}`,
      { length: 20, special: false, upper: false },
      options(`${name}-root-user`),
    );
    const password = new random.RandomPassword(
      `${name}-root-password-${generation}`,
      { length: 40, special: false },
      options(`${name}-root-password`),
    );
    return { user: user.result, password: password.result };
  }

  /** URL by which `mc` comes to the store with root's credentials. */
  private mcHost({ user, password }: Root): pulumi.Output<string> {
    return pulumi.interpolate`https://${user}:${password}@${this.name}:${objectStore.port}`;
  }

  private networkPolicy(): k8s.networking.v1.NetworkPolicy {
    const { name, args } = this;
    const { replication } = args.config;
    return new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata: { name, namespace: args.namespace },
        spec: {
          podSelector: { matchLabels: { [appLabel]: name } },
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [
                pods(name),
                pods(`${name}-gate`),
                pods(RETENTION),
                pods(REPLICATION),
                pods(mcp.service),
                podsOf(namespaces.pipelines),
                ...(args.watchedFrom ? [podsOf(args.watchedFrom)] : []),
                ...outside(args.config.exposure, args.podCidrs),
              ],
              ports: [tcp(objectStore.port)],
            },
          ],
          egress: [
            { to: [pods(name)], ports: [tcp(objectStore.port)] },
            { to: [podsOf(namespaces.pipelines)], ports: [tcp(eventListener.podPort)] },
            ...storeEncryption(args.config.encryption).egress,
            ...(replication ? [anywhere(httpsPort(replication.endpoint))] : []),
          ],
        },
      },
      { parent: this },
    );
  }
}
