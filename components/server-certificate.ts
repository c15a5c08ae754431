import { isIP } from "node:net";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { IssuerRef } from "./lake-issuer";

export interface ServerCertificateArgs {
  /** Namespace of the server. */
  namespace: pulumi.Input<string>;
  /** Who signs. */
  issuer: IssuerRef;
  /** Names and IP addresses by which clients call the server; `*.` stands for one label. */
  hosts: readonly string[];
  /** Labels of the Secret. */
  labels?: Record<string, string>;
}

/** A server's certificate, which cert-manager keeps in a Secret and renews in place; `up` waits until it is issued. */
export class ServerCertificate extends pulumi.ComponentResource {
  /** Name of the Secret, known once it is there: `tls.crt`, `tls.key`, and in `ca.crt` the CA that signed. */
  readonly secret: pulumi.Output<string>;

  constructor(name: string, args: ServerCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:ServerCertificate", name, {}, opts);
    const secretName = serverSecretName(name);
    const certificate = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name, namespace: args.namespace, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: {
          secretName,
          ...(args.labels ? { secretTemplate: { labels: args.labels } } : {}),
          // Some servers read theirs at the start alone: four months before it ends there is a new one for them.
          duration: "8760h0m0s",
          renewBefore: "2920h0m0s",
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          usages: ["digital signature", "server auth"],
          dnsNames: args.hosts.filter((host) => isIP(host) === 0),
          ipAddresses: args.hosts.filter((host) => isIP(host) !== 0),
          issuerRef: args.issuer,
        },
      },
      { parent: this, customTimeouts: { create: "5m" } },
    );
    this.secret = certificate.id.apply(() => secretName);
    this.registerOutputs({});
  }
}

/** Name of the Secret of a server's certificate. */
export function serverSecretName(server: string): string {
  return `${server}-tls`;
}
