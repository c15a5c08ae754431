import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { McpConfig } from "../config/schema-mcp";
import { HEALTH_PATH, MCP_PATH } from "../services/mcp/transports/paths";
import { s3Secret } from "./credentials-secret";
import type { S3Keys } from "./identities";
import type { IssuerRef } from "./lake-issuer";
import { appLabel, catalogue, mcp, namespaces, objectStore, serviceHost, serviceNames } from "./names";
import { letOut, outside, pods, tcp } from "./network";
import { endpointOf } from "./reachable";
import { ServerCertificate } from "./server-certificate";
import { CERTIFICATE_FOLDER, webServer } from "./web-server";

const UID = 65532;

export interface McpArgs {
  /** Namespace of everything. */
  namespace: pulumi.Input<string>;
  /** Image of services/mcp. */
  image: string;
  config: McpConfig;
  /** host:port at which clients outside of the cluster call it, where there are any. */
  endpoint?: string;
  /** Who signs its certificate, and those of the servers that it reads from. */
  issuer: IssuerRef;
  /** Addresses of the cluster's pods. */
  podCidrs: readonly string[];
  /** URL of the S3 API inside the cluster. */
  objectStoreUrl: string;
  /** Keys of the identity that it reads objects as. */
  s3: S3Keys;
}

/**
 * The MCP server: tools with which an AI assistant reads the lake, by streamable HTTP over TLS, for whoever has the token.
 *
 * It reads the catalogue and, as an identity of its own, pictures out of the object store. There is nothing that it can write.
 */
export class Mcp extends pulumi.ComponentResource {
  /** Its address: the endpoint's, else the one inside the cluster. */
  readonly url: string;
  /** What clients prove themselves with: `Authorization: Bearer <token>`. */
  readonly token: pulumi.Output<string>;

  constructor(
    private readonly name: string,
    private readonly args: McpArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:Mcp", name, { config: args.config }, opts);
    const { config, endpoint, issuer, namespace } = args;
    const { port } = mcp;
    const parent = { parent: this };
    const called = endpoint ? [endpointOf(endpoint).host] : [];
    const hosts = [...serviceNames(name, namespaces.data), ...called];
    this.url = `https://${endpoint ?? `${serviceHost(name, namespaces.data)}:${port}`}${MCP_PATH}`;
    this.token = new random.RandomPassword(`${name}-token`, { length: 48, special: false }, parent).result;

    const certificate = new ServerCertificate(name, { namespace, issuer, hosts }, parent).secret;
    const keys = s3Secret(mcp.identity, namespace, args.s3, parent);
    const token = new k8s.core.v1.Secret(
      `${name}-token`,
      { metadata: { name: `${name}-token`, namespace }, stringData: { token: this.token } },
      parent,
    );
    const fromSecret = (variable: string, secret: k8s.core.v1.Secret, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key } },
    });
    const env = {
      CATALOGUE_URL: `https://${serviceHost(catalogue.service, namespaces.data)}:${catalogue.port}`,
      CATALOGUE_CA_FILE: `${CERTIFICATE_FOLDER}/ca.crt`,
      AWS_ENDPOINT_URL_S3: args.objectStoreUrl,
      AWS_CA_BUNDLE: `${CERTIFICATE_FOLDER}/ca.crt`,
      MCP_PORT: String(port),
      MCP_CERTIFICATE_FILE: `${CERTIFICATE_FOLDER}/tls.crt`,
      MCP_KEY_FILE: `${CERTIFICATE_FOLDER}/tls.key`,
      MCP_ALLOWED_HOSTS: hosts.join(","),
      MCP_ALLOWED_ORIGINS: config.allowedOrigins.join(","),
    };
    webServer(
      name,
      {
        namespace,
        image: args.image,
        uid: UID,
        config,
        port,
        certificate,
        container: {
          args: ["http"],
          env: [
            // The server keeps no empty value, so that a refresh would miss it.
            ...Object.entries(env).flatMap(([variable, value]) => (value ? [{ name: variable, value }] : [])),
            fromSecret("AWS_ACCESS_KEY_ID", keys, "accessKey"),
            fromSecret("AWS_SECRET_ACCESS_KEY", keys, "secretKey"),
            fromSecret("MCP_TOKEN", token, "token"),
          ],
        },
        // It answers without the servers behind it, and its tools then say which of them is away.
        health: { alive: HEALTH_PATH, ready: HEALTH_PATH },
        flows: this.flows(),
      },
      this,
    );
    this.registerOutputs({ url: this.url });
  }

  private flows(): pulumi.Resource[] {
    const { name, args } = this;
    const { config, namespace } = args;
    const clients = outside(config.exposure, args.podCidrs);
    const parent = { parent: this };
    const to = [
      { to: [pods(catalogue.service)], ports: [tcp(catalogue.port)] },
      { to: [pods(objectStore.name)], ports: [tcp(objectStore.port)] },
    ];
    return [
      letOut(name, { app: name, namespace, to }, parent),
      new k8s.networking.v1.NetworkPolicy(
        `${name}-clients`,
        {
          metadata: { name: `${name}-clients`, namespace },
          spec: {
            podSelector: { matchLabels: { [appLabel]: name } },
            policyTypes: ["Ingress"],
            // Without an exposure nobody is let in: no part of the lake calls it.
            ingress: clients.length > 0 ? [{ from: clients, ports: [tcp(mcp.port)] }] : [],
          },
        },
        parent,
      ),
    ];
  }
}
