import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { certManagerDefinitions } from "./cert-manager-definitions";
import { declare } from "./manifest";
import { appLabel, namespaces } from "./names";
import { LakeNamespace } from "./namespace";
import { apiServer, letOut } from "./network";
import { restrictedContainer, restrictedPod } from "./security";

export interface CertManagerArgs {
  /** Image of cert-manager's controller. */
  image: string;
  /** Ports at which pods reach the API server. */
  apiServerPorts: readonly number[];
  /** Labels of its namespace. */
  labels: Record<string, string>;
  /** Namespaces with certificates, in which it writes Secrets. */
  writesIn: readonly pulumi.Input<string>[];
}

/** What it takes to keep certificates that an issuer with a CA signs; the other controllers are for ACME, Vault and Ingresses. */
export const CONTROLLERS = [
  "clusterissuers",
  "certificates-trigger",
  "certificates-key-manager",
  "certificates-request-manager",
  "certificates-issuing",
  "certificates-readiness",
  "certificates-revision-manager",
  "certificaterequests-approver",
  "certificaterequests-issuer-ca",
] as const;

const UID = 65532;
/** Where upstream's controller tells that it is well. */
const HEALTH_PORT = 9403;

const READ = ["get", "list", "watch"];
const WRITE = ["create", "update", "patch", "delete"];

/** It watches all by informers without a namespace, Secrets too, and does nothing when it may not; it writes in the lake's own alone. */
const WATCHED = [
  { apiGroups: ["cert-manager.io"], resources: ["certificates", "certificaterequests", "issuers"], verbs: READ },
  { apiGroups: ["cert-manager.io"], resources: ["clusterissuers"], verbs: READ },
  { apiGroups: ["cert-manager.io"], resources: ["clusterissuers/status"], verbs: ["update", "patch"] },
  { apiGroups: [""], resources: ["secrets"], verbs: READ },
  // What happens to an issuer of the whole cluster is told in the namespace "default".
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];
const KEPT = [
  { apiGroups: ["cert-manager.io"], resources: ["certificates"], verbs: ["update", "patch"] },
  {
    apiGroups: ["cert-manager.io"],
    resources: ["certificates/status", "certificates/finalizers", "certificaterequests/status"],
    verbs: ["update", "patch"],
  },
  { apiGroups: ["cert-manager.io"], resources: ["certificaterequests"], verbs: WRITE },
  { apiGroups: [""], resources: ["secrets"], verbs: WRITE },
];

/**
 * cert-manager for a lake that has its cluster to itself: upstream's resource definitions and its controller.
 *
 * Without the webhook and the CA injector that upstream adds to guard against what others ask for: nobody but this
 * program and the controller has a right to certificates here. A cluster that others use has upstream's own chart.
 */
export class CertManager extends pulumi.ComponentResource {
  private readonly parent = { parent: this };

  constructor(
    private readonly name: string,
    args: CertManagerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:CertManager", name, {}, opts);
    const { name: namespace } = new LakeNamespace(
      name,
      { name: namespaces.certManager, labels: args.labels },
      this.parent,
    );
    const definitions = certManagerDefinitions().map((object) => declare(name, object, this.parent));
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace }, automountServiceAccountToken: false },
      this.parent,
    );
    const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace }];
    const rights = this.rights(subjects, args.writesIn);
    const flows = letOut(name, { app: name, namespace, to: [apiServer(args.apiServerPorts)] }, this.parent);
    this.controller(namespace, account, args.image, [...definitions, ...rights, flows]);
    this.registerOutputs({});
  }

  private rights(
    subjects: k8s.types.input.rbac.v1.Subject[],
    writesIn: readonly pulumi.Input<string>[],
  ): pulumi.Resource[] {
    const { name, parent } = this;
    const role = (part: string, rules: k8s.types.input.rbac.v1.PolicyRule[]) =>
      new k8s.rbac.v1.ClusterRole(`${name}-${part}`, { metadata: { name: `${name}-${part}` }, rules }, parent);
    const roleRef = (to: k8s.rbac.v1.ClusterRole) => ({
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: to.metadata.name,
    });
    const watched = role("watch", WATCHED);
    const kept = role("keep", KEPT);
    return [
      new k8s.rbac.v1.ClusterRoleBinding(
        `${name}-watch`,
        { metadata: { name: `${name}-watch` }, roleRef: roleRef(watched), subjects },
        parent,
      ),
      ...writesIn.map(
        (namespace, i) =>
          new k8s.rbac.v1.RoleBinding(
            `${name}-keep-${i}`,
            { metadata: { name: `${name}-keep`, namespace }, roleRef: roleRef(kept), subjects },
            parent,
          ),
      ),
    ];
  }

  private controller(
    namespace: pulumi.Input<string>,
    account: k8s.core.v1.ServiceAccount,
    image: string,
    dependsOn: pulumi.Resource[],
  ): void {
    const labels = { [appLabel]: this.name };
    new k8s.apps.v1.Deployment(
      this.name,
      {
        metadata: { name: this.name, namespace, labels },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: account.metadata.name,
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              securityContext: restrictedPod(UID),
              containers: [
                {
                  name: "controller",
                  image,
                  imagePullPolicy: "IfNotPresent",
                  args: [
                    `--controllers=${CONTROLLERS.join(",")}`,
                    pulumi.interpolate`--cluster-resource-namespace=${namespace}`,
                    // There is one of it; what it does waits while a new one comes up.
                    "--leader-elect=false",
                  ],
                  ports: [{ name: "health", containerPort: HEALTH_PORT }],
                  livenessProbe: {
                    httpGet: { path: "/livez", port: "health" },
                    periodSeconds: 15,
                    failureThreshold: 4,
                  },
                  readinessProbe: { httpGet: { path: "/livez", port: "health" }, periodSeconds: 5 },
                  resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
                  securityContext: restrictedContainer(),
                },
              ],
            },
          },
        },
      },
      { ...this.parent, dependsOn },
    );
  }
}
