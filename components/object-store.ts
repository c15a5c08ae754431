import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ObjectStoreConfig, PoolConfig } from "../config/schema-servers";
import { appLabel, eventListener, namespaces, serviceHost, webhookTarget } from "./names";
import { outside, pods, podsOf, serviceExposure, tcp } from "./network";
import { ObjectStoreGate } from "./object-store-gate";
import {
  DRIVES,
  disruptionBudget,
  minioPods,
  minioSettings,
  minioVolumes,
  poolName,
  QUEUE,
} from "./object-store-layout";
import { type DataOptions, dataOptions } from "./protection";
import { restrictedContainer, restrictedPod } from "./security";

/** The user that MinIO runs as, and that owns its drives. */
const MINIO_UID = 1000;

export interface ObjectStoreArgs extends DataOptions {
  /** Namespace of the pods. */
  namespace: pulumi.Input<string>;
  /** Image with `minio` and `mc`. */
  image: string;
  /** Pools, parity, exposure, resources. */
  config: ObjectStoreConfig;
  /** Storage class of volumes whose pool names none; the cluster's default without it. */
  storageClass?: string;
  /** Port of the S3 API. */
  port: number;
  /** URL that bucket events are posted to. */
  webhookEndpoint: string;
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
    const { config, namespace, port } = args;
    const headless = `${name}-hl`;
    this.url = `http://${serviceHost(name, namespaces.data)}:${port}`;
    this.root = this.rootCredentials();
    const labels = { [appLabel]: name };

    const secret = new k8s.core.v1.Secret(
      `${name}-root`,
      {
        metadata: { name: `${name}-root`, namespace },
        stringData: {
          user: this.root.user,
          password: this.root.password,
          "mc-host": pulumi.interpolate`http://${this.root.user}:${this.root.password}@${name}:${port}`,
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
        metadata: { name: headless, namespace, labels },
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

    const place = { store: name, headless, namespace: namespaces.data, port };
    const volumes = minioVolumes(config, place);
    const settings = minioSettings(config, volumes, args.webhookEndpoint);
    const servers = config.pools.map((pool) => this.pool(pool, { headless, settings, secret, account }));
    const gate = new ObjectStoreGate(
      `${name}-gate`,
      {
        namespace,
        image: args.image,
        account: account.metadata.name,
        credentials: secret.metadata.name,
        pods: minioPods(config.pools, place),
        settings,
      },
      { parent: this, dependsOn: [...servers, peers, client, flows] },
    );
    this.ready = gate;
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
              from: [pods(name), pods(`${name}-gate`), podsOf(namespaces.pipelines), ...outside(args.config.exposure)],
              ports: [tcp(args.port)],
            },
          ],
          egress: [
            { to: [pods(name)], ports: [tcp(args.port)] },
            { to: [podsOf(namespaces.pipelines)], ports: [tcp(eventListener.port)] },
          ],
        },
      },
      { parent: this },
    );
  }

  private pool(
    pool: PoolConfig,
    on: {
      headless: string;
      settings: Record<string, string>;
      secret: k8s.core.v1.Secret;
      account: k8s.core.v1.ServiceAccount;
    },
  ): k8s.apps.v1.StatefulSet {
    const { args, name } = this;
    const { config, namespace } = args;
    const setName = poolName(name, pool);
    const labels = { [appLabel]: name, "drone-lake/pool": pool.name };
    const drives = Array.from({ length: pool.drivesPerNode }, (_, i) => ({
      name: `drive-${i}`,
      path: `${DRIVES}/${i}`,
    }));
    const storageClassName = pool.storageClass ?? args.storageClass;
    const claim = (volume: string, storage: string) => ({
      metadata: { name: volume },
      spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } },
    });
    const fromSecret = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: on.secret.metadata.name, key } },
    });
    const health = (path: string) => ({ httpGet: { path: `/minio/health/${path}`, port: "s3" }, timeoutSeconds: 5 });

    new k8s.policy.v1.PodDisruptionBudget(
      setName,
      {
        metadata: { name: setName, namespace },
        spec: { maxUnavailable: disruptionBudget(config, pool), selector: { matchLabels: labels } },
      },
      { parent: this },
    );
    return new k8s.apps.v1.StatefulSet(
      setName,
      {
        metadata: { name: setName, namespace, labels },
        spec: {
          serviceName: on.headless,
          replicas: pool.nodes,
          podManagementPolicy: "Parallel",
          persistentVolumeClaimRetentionPolicy: {
            whenDeleted: args.protect ? "Retain" : "Delete",
            whenScaled: "Retain",
          },
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: on.account.metadata.name,
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: restrictedPod(MINIO_UID),
              topologySpreadConstraints: [
                {
                  maxSkew: 1,
                  topologyKey: "kubernetes.io/hostname",
                  // Pods that share a node share its fate; where the drives share a disk they may share the node too.
                  whenUnsatisfiable: config.sharedDisk ? "ScheduleAnyway" : "DoNotSchedule",
                  labelSelector: { matchLabels: labels },
                },
              ],
              terminationGracePeriodSeconds: 60,
              containers: [
                {
                  name: "minio",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["minio"],
                  args: ["server", "--address", `:${args.port}`, "--certs-dir", "/tmp/certs"],
                  env: [
                    ...Object.entries(on.settings).map(([variable, value]) => ({ name: variable, value })),
                    fromSecret("MINIO_ROOT_USER", "user"),
                    fromSecret("MINIO_ROOT_PASSWORD", "password"),
                    fromSecret(`MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_${webhookTarget}`, "webhook-token"),
                  ],
                  ports: [{ name: "s3", containerPort: args.port }],
                  startupProbe: { ...health("live"), periodSeconds: 2, failureThreshold: 150 },
                  livenessProbe: { ...health("live"), periodSeconds: 15, failureThreshold: 4 },
                  readinessProbe: { ...health("ready"), periodSeconds: 5 },
                  resources: {
                    requests: { cpu: config.resources.cpu, memory: config.resources.memory },
                    limits: { memory: config.resources.memory },
                  },
                  securityContext: restrictedContainer(),
                  volumeMounts: [
                    ...drives.map((drive) => ({ name: drive.name, mountPath: drive.path })),
                    { name: "queue", mountPath: QUEUE },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Gi" } }],
            },
          },
          volumeClaimTemplates: [
            ...drives.map((drive) => claim(drive.name, pool.driveSize)),
            claim("queue", config.eventQueue.size),
          ],
        },
      },
      { parent: this, ...dataOptions(args) },
    );
  }
}
