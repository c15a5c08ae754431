import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { connectionsAPod } from "../config/catalogue-connections";
import type { CatalogueConfig } from "../config/schema-catalogue";
import { caMount, caVolume, checkedConnection } from "./ca-volume";
import { databaseSecret } from "./credentials-secret";
import type { IssuerRef } from "./lake-issuer";
import { appLabel, catalogue, namespaces, serviceHost, serviceNames } from "./names";
import { databasePods, letOut, outside, tcp } from "./network";
import { endpointOf } from "./reachable";
import { ServerCertificate } from "./server-certificate";
import { CERTIFICATE_FOLDER, webServer } from "./web-server";

const UID = 65532;

export interface CatalogueArgs {
  /** Namespace of everything. */
  namespace: pulumi.Input<string>;
  /** Image with `dronelake` and its extra `serve`. */
  image: string;
  config: CatalogueConfig;
  /** Addresses of the cluster's pods. */
  podCidrs: readonly string[];
  /** host:port at which clients outside of the cluster call it, where there are any. */
  endpoint?: string;
  /** Who signs its certificate. */
  issuer: IssuerRef;
  /** Where the database is, inside the cluster: the server itself, as a pooler may hand its sessions round. */
  database: { host: string; port: number; name: string };
  /** Secret of the database server's certificate. */
  certificate: pulumi.Input<string>;
  /** Password of the role that only reads. */
  password: pulumi.Input<string>;
  /** Most connections that the role may hold. */
  connections: number;
  /** URL of the object store for clients outside of the cluster, which the links to objects lead to. */
  objectStoreUrl: string;
}

/**
 * The catalogue service: STAC API, OGC API Features and what else reads the catalogue, over TLS.
 *
 * It asks nobody who they are, and shows descriptions alone: objects are read with their reader's own keys. It speaks to the
 * database and to nothing else, so that it answers while the object store is down.
 */
export class Catalogue extends pulumi.ComponentResource {
  /** Its address: the endpoint's, else the one inside the cluster. */
  readonly url: string;

  constructor(name: string, args: CatalogueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Catalogue", name, { config: args.config }, opts);
    const { config, database, endpoint, namespace } = args;
    const { port } = catalogue;
    const parent = { parent: this };
    const labels = { [appLabel]: name };
    this.url = `https://${endpoint ?? `${serviceHost(name, namespaces.data)}:${port}`}`;

    const hosts = [...serviceNames(name, namespaces.data), ...(endpoint ? [endpointOf(endpoint).host] : [])];
    const certificate = new ServerCertificate(name, { namespace, issuer: args.issuer, hosts }, parent);
    const secret = databaseSecret(catalogue.role, namespace, args.password, parent);
    const flows = [
      letOut(name, { app: name, namespace, to: [{ to: [databasePods()], ports: [tcp(database.port)] }] }, parent),
      new k8s.networking.v1.NetworkPolicy(
        `${name}-clients`,
        {
          metadata: { name: `${name}-clients`, namespace },
          spec: {
            podSelector: { matchLabels: labels },
            policyTypes: ["Ingress"],
            ingress: [{ from: [{ podSelector: {} }, ...outside(config.exposure, args.podCidrs)], ports: [tcp(port)] }],
          },
        },
        parent,
      ),
    ];
    const fromSecret = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key } },
    });
    const env = [
      { name: "SERVE_HOST", value: "0.0.0.0" },
      { name: "SERVE_PORT", value: String(port) },
      { name: "SERVE_CONNECTIONS", value: String(connectionsAPod(args.connections, config.replicas)) },
      { name: "TLS_CERT_FILE", value: `${CERTIFICATE_FOLDER}/tls.crt` },
      { name: "TLS_KEY_FILE", value: `${CERTIFICATE_FOLDER}/tls.key` },
      { name: "OBJECT_STORE_URL", value: args.objectStoreUrl },
      { name: "PGHOST", value: database.host },
      { name: "PGPORT", value: String(database.port) },
      { name: "PGDATABASE", value: database.name },
      ...checkedConnection,
      fromSecret("PGUSER", "user"),
      fromSecret("PGPASSWORD", "password"),
    ];
    webServer(
      name,
      {
        namespace,
        image: args.image,
        uid: UID,
        config,
        port,
        certificate: certificate.secret,
        container: { command: ["dronelake", "serve"], env, mounts: [{ name: "tmp", mountPath: "/tmp" }, caMount] },
        volumes: [{ name: "tmp", emptyDir: {} }, caVolume(args.certificate)],
        health: { alive: "/healthz", ready: "/readyz" },
        flows,
      },
      this,
    );
    this.registerOutputs({ url: this.url });
  }
}
