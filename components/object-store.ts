import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ObjectStoreConfig } from "../config/schema-servers";
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
import { outside, pods, podsOf, serviceExposure, tcp } from "./network";
import { ObjectStoreGate } from "./object-store-gate";
import { minioPods, minioSettings, minioVolumes } from "./object-store-layout";
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
  /** Namespace of Prometheus, where it watches the store. */
  watchedFrom?: string;
  /** Word that the events carry as `Authorization: Bearer <word>`. */
  webhookToken: pulumi.Input<string>;
}

/** MinIO: a StatefulSet a pool, the Services in front, and a gate that opens once objects can be written and read. */
export class ObjectStore extends pulumi.ComponentResource {
  /** Root user and password; for Pulumi's provider alone. */
  readonly root: { user: pulumi.Output<string>; password: pulumi.Output<string> };
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
    this.root = this.rootCredentials();
    const labels = { [appLabel]: name };

    const secret = new k8s.core.v1.Secret(
      `${name}-root`,
      {
        metadata: { name: objectStore.rootSecret, namespace },
        stringData: {
          user: this.root.user,
          password: this.root.password,
          "mc-host": pulumi.interpolate`https://${this.root.user}:${this.root.password}@${name}:${port}`,
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
    const volumes = minioVolumes(config, place);
    const settings = minioSettings(config, volumes, eventListenerUrl);
    const of = {
      ...args,
      store: name,
      headless,
      settings,
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
      },
      { parent: this, dependsOn: [...servers, peers, client, flows] },
    );
    this.ready = gate.passed;
    this.registerOutputs({ url: this.url });
  }

  private rootCredentials(): { user: pulumi.Output<string>; password: pulumi.Output<string> } {
    const options = { parent: this, ...dataOptions(this.args) };
    const user = new random.RandomString(
      `${this.name}-root-user`,
      { length: 20, special: false, upper: false },
      options,
    );
    const password = new random.RandomPassword(`${this.name}-root-password`, { length: 40, special: false }, options);
    return { user: user.result, password: password.result };
  }

  private networkPolicy(): k8s.networking.v1.NetworkPolicy {
    const { name, args } = this;
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
                pods(mcp.service),
                podsOf(namespaces.pipelines),
                ...(args.watchedFrom ? [podsOf(args.watchedFrom)] : []),
                ...outside(args.config.exposure),
              ],
              ports: [tcp(objectStore.port)],
            },
          ],
          egress: [
            { to: [pods(name)], ports: [tcp(objectStore.port)] },
            { to: [podsOf(namespaces.pipelines)], ports: [tcp(eventListener.podPort)] },
          ],
        },
      },
      { parent: this },
    );
  }
}
