import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type PodSecurity, podSecurityLabels } from "./security";

export interface LakeNamespaceArgs {
  /** Name of the namespace. */
  name: string;
  /** Labels beside those of pod security. */
  labels: Record<string, string>;
  /** What its pods may be; "restricted" by default. */
  podSecurity?: PodSecurity;
}

/** A namespace whose pods are restricted, unless it says otherwise, and reach nothing but DNS until a policy of their own says more. */
export class LakeNamespace extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;

  constructor(name: string, args: LakeNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:LakeNamespace", name, args, opts);
    const namespace = new k8s.core.v1.Namespace(
      name,
      {
        metadata: {
          name: args.name,
          labels: { ...podSecurityLabels(args.podSecurity ?? "restricted"), ...args.labels },
        },
      },
      { parent: this },
    );
    this.name = namespace.metadata.name;

    new k8s.networking.v1.NetworkPolicy(
      `${name}-deny`,
      {
        metadata: { name: "default-deny", namespace: this.name },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      { parent: this },
    );
    new k8s.networking.v1.NetworkPolicy(
      `${name}-dns`,
      {
        metadata: { name: "allow-dns", namespace: this.name },
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            {
              to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
          ],
        },
      },
      { parent: this },
    );
    this.registerOutputs({ name: this.name });
  }
}
