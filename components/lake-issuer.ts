import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config";
import type { TlsConfig } from "../config/schema-tls";
import { CertManager } from "./cert-manager";
import { namespaces } from "./names";

/** Which cert-manager issuer signs. */
export interface IssuerRef {
  name: pulumi.Input<string>;
  kind: string;
  group: string;
}

export interface LakeIssuerArgs {
  /** What it says of TLS: an issuer that the cluster has, or a CA to make one from, and whether to install cert-manager for it. */
  environment: Pick<Environment, "tls" | "images" | "cluster">;
  /** Labels of the namespace of a cert-manager that is installed. */
  labels: Record<string, string>;
  /** Namespaces of the servers that get certificates. */
  servers: readonly pulumi.Input<string>[];
}

/** Who signs the servers' certificates: an issuer that the cluster has, or one made from the environment's own CA. */
export class LakeIssuer extends pulumi.ComponentResource {
  readonly ref: IssuerRef;

  constructor(name: string, { environment, labels, servers }: LakeIssuerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:LakeIssuer", name, {}, opts);
    const { installCertManager, issuer, ca } = environment.tls;
    const certManager = {
      image: environment.images["cert-manager-controller"],
      apiServerPorts: environment.cluster.apiServerPorts,
      labels,
      writesIn: servers,
    };
    const installed = installCertManager ? [new CertManager("cert-manager", certManager, { parent: this })] : [];
    this.ref = issuer ?? this.own(name, ca as NonNullable<TlsConfig["ca"]>, installed);
    this.registerOutputs({});
  }

  private own(name: string, ca: NonNullable<TlsConfig["ca"]>, dependsOn: pulumi.Resource[]): IssuerRef {
    const resourceName = "drone-data-lake";
    const secret = new k8s.core.v1.Secret(
      `${name}-ca`,
      {
        // Where cert-manager looks for what belongs to issuers of the whole cluster.
        metadata: { name: `${resourceName}-ca`, namespace: namespaces.certManager },
        type: "kubernetes.io/tls",
        stringData: pulumi.secret({
          "tls.crt": pem("tls.ca.certificateFile", ca.certificateFile),
          "tls.key": pem("tls.ca.keyFile", ca.keyFile),
        }),
      },
      { parent: this, dependsOn },
    );
    const issuer = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: resourceName, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: { ca: { secretName: secret.metadata.name } },
      },
      { parent: this, dependsOn, customTimeouts: { create: "5m" } },
    );
    return { name: issuer.metadata.name, kind: "ClusterIssuer", group: "cert-manager.io" };
  }
}

function pem(key: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${key} names ${path}, which cannot be read (${(error as Error).message}): put the CA there`);
  }
}
