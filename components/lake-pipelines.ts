import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  EVENT_SECRET,
  LISTENER_ACCOUNT,
  LISTENER_CERTIFICATE,
  type PipelineContext,
  RECONCILER_ACCOUNT,
  RUN_ACCOUNT,
} from "../pipelines/context";
import { detectionPipeline, orthophotoPipeline } from "../pipelines/pipelines";
import { QUEUE } from "../pipelines/queue";
import { RECONCILER, reconciler, reconcilerRules } from "../pipelines/reconciler";
import { asksDatabase } from "../pipelines/steps";
import { tasks } from "../pipelines/tasks";
import { listener, triggers } from "../pipelines/triggers";
import { boundRole, serviceAccount } from "./accounts";
import { databaseSecret, s3Secret } from "./credentials-secret";
import { GpuQueue } from "./gpu-queue";
import type { S3Keys } from "./identities";
import type { IssuerRef } from "./lake-issuer";
import { declare, type Manifest } from "./manifest";
import { appLabel, database, eventListener, namespaces, objectStore, serviceNames } from "./names";
import { apiServer, databasePods, pods, tcp } from "./network";
import { ServerCertificate } from "./server-certificate";

export interface LakePipelinesArgs {
  /** What the definitions are made from. */
  context: PipelineContext;
  /** S3 keys that the steps and the reconciler use, by identity. */
  s3: Record<string, S3Keys>;
  /** Passwords that they use, by database role. */
  passwords: Record<string, pulumi.Input<string>>;
  /** Who signs the EventListener's certificate. */
  issuer: IssuerRef;
  /** Ports at which pods reach the API server. */
  apiServerPorts: readonly number[];
  /** The header that bucket events carry. */
  eventHeader: pulumi.Input<string>;
}

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

/** Tasks, Pipelines and Triggers, the accounts and secrets that they use, the queue for GPUs, and the reconciler. */
export class LakePipelines extends pulumi.ComponentResource {
  private readonly parent = { parent: this };

  constructor(
    private readonly name: string,
    private readonly args: LakePipelinesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:LakePipelines", name, {}, opts);
    const { context } = args;
    const certificate = new ServerCertificate(
      LISTENER_CERTIFICATE,
      {
        namespace: context.namespace,
        issuer: args.issuer,
        hosts: serviceNames(eventListener.service, namespaces.pipelines),
      },
      this.parent,
    );
    const grounds = [...this.secrets(), ...this.accounts(), ...this.flows(), certificate];
    const after = (dependsOn: pulumi.Resource[]) => ({ ...this.parent, dependsOn });
    const declareAll = (objects: readonly object[], dependsOn: pulumi.Resource[]) =>
      objects.map((object) => declare(name, object as Manifest, after(dependsOn)));

    const taskResources = declareAll(tasks(context), grounds);
    const pipelines = declareAll([orthophotoPipeline(context), detectionPipeline(context)], taskResources);
    const bindings = declareAll(triggers(context), pipelines);
    declareAll([listener(context)], bindings);
    new GpuQueue(`${name}-${QUEUE}`, { context, apiServerPorts: args.apiServerPorts }, this.parent);
    const { apiVersion: _, kind: __, ...cronJob } = reconciler(context);
    new k8s.batch.v1.CronJob(`${name}-${RECONCILER}`, cronJob, after(bindings));
    this.registerOutputs({});
  }

  private secrets(): pulumi.Resource[] {
    const { context, s3, passwords, eventHeader } = this.args;
    const { namespace } = context;
    return [
      ...Object.entries(s3).map(([identity, keys]) => s3Secret(identity, namespace, keys, this.parent)),
      ...Object.entries(passwords).map(([role, password]) => databaseSecret(role, namespace, password, this.parent)),
      new k8s.core.v1.Secret(
        `${this.name}-${EVENT_SECRET.name}`,
        { metadata: { name: EVENT_SECRET.name, namespace }, stringData: { [EVENT_SECRET.key]: eventHeader } },
        this.parent,
      ),
    ];
  }

  private accounts(): pulumi.Resource[] {
    const run = this.account(RUN_ACCOUNT, false);
    const listening = this.account(LISTENER_ACCOUNT, true);
    const reconciling = this.account(RECONCILER_ACCOUNT, true);
    const triggerKinds = ["eventlisteners", "triggers", "triggerbindings", "triggertemplates", "interceptors"];
    return [
      run,
      ...this.role(LISTENER_ACCOUNT, listening, [
        { apiGroups: ["triggers.tekton.dev"], resources: triggerKinds, verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["create"] },
      ]),
      ...this.listenerClusterRole(listening),
      ...this.role(RECONCILER_ACCOUNT, reconciling, reconcilerRules),
    ];
  }

  private account(name: string, token: boolean): k8s.core.v1.ServiceAccount {
    const { namespace } = this.args.context;
    return serviceAccount(this.name, { name, namespace, token }, this.parent);
  }

  private role(name: string, account: k8s.core.v1.ServiceAccount, rules: Rules): pulumi.Resource[] {
    const { namespace } = this.args.context;
    return boundRole(this.name, { name, namespace, rules }, account, this.parent);
  }

  /** Two kinds that the EventListener looks up have no namespace. */
  private listenerClusterRole(account: k8s.core.v1.ServiceAccount): pulumi.Resource[] {
    const { namespace } = this.args.context;
    const role = new k8s.rbac.v1.ClusterRole(
      `${this.name}-${LISTENER_ACCOUNT}`,
      {
        metadata: { name: LISTENER_ACCOUNT },
        rules: [
          {
            apiGroups: ["triggers.tekton.dev"],
            resources: ["clustertriggerbindings", "clusterinterceptors"],
            verbs: ["get", "list", "watch"],
          },
        ],
      },
      this.parent,
    );
    const binding = new k8s.rbac.v1.ClusterRoleBinding(
      `${this.name}-${LISTENER_ACCOUNT}`,
      {
        metadata: { name: LISTENER_ACCOUNT },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      this.parent,
    );
    return [role, binding];
  }

  private flows(): pulumi.Resource[] {
    const toStore = { to: [pods(objectStore.name, namespaces.data)], ports: [tcp(objectStore.port)] };
    const toDatabase = { to: [databasePods(namespaces.data)], ports: [tcp(database.port)] };
    const steps = { "app.kubernetes.io/managed-by": "tekton-pipelines" };
    const withDatabase = tasks(this.args.context).filter(asksDatabase);
    const cluster = apiServer(this.args.apiServerPorts);
    return [
      this.flow("runs", { matchLabels: steps }, { egress: [toStore] }),
      this.flow(
        "runs-with-database",
        {
          matchLabels: steps,
          matchExpressions: [
            { key: "tekton.dev/task", operator: "In", values: withDatabase.map(({ metadata }) => metadata.name) },
          ],
        },
        { egress: [toDatabase] },
      ),
      this.flow(RECONCILER, { matchLabels: { [appLabel]: RECONCILER } }, { egress: [toStore, toDatabase, cluster] }),
      this.flow(
        "event-listener",
        { matchLabels: { eventlistener: eventListener.name } },
        {
          ingress: [{ from: [pods(objectStore.name, namespaces.data)], ports: [tcp(eventListener.podPort)] }],
          egress: [
            cluster,
            {
              to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespaces.tekton } } }],
              ports: [tcp(8443)],
            },
          ],
        },
      ),
    ];
  }

  private flow(
    flow: string,
    podSelector: k8s.types.input.meta.v1.LabelSelector,
    rules: Pick<k8s.types.input.networking.v1.NetworkPolicySpec, "ingress" | "egress">,
  ): k8s.networking.v1.NetworkPolicy {
    const policyTypes = [...(rules.ingress ? ["Ingress"] : []), ...(rules.egress ? ["Egress"] : [])];
    return new k8s.networking.v1.NetworkPolicy(
      `${this.name}-${flow}`,
      {
        metadata: { name: flow, namespace: this.args.context.namespace },
        spec: { podSelector, policyTypes, ...rules },
      },
      this.parent,
    );
  }
}
