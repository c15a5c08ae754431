import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { NotebooksConfig } from "../config/schema-notebooks";
import { serviceAccount } from "./accounts";
import { CA_FILE, caMount, caVolume } from "./ca-volume";
import { s3Secret } from "./credentials-secret";
import type { S3Keys } from "./identities";
import type { IssuerRef } from "./lake-issuer";
import { appLabel, catalogue, namespaces, objectStore, serviceHost, serviceNames } from "./names";
import { letOut, pods, tcp } from "./network";
import { type DataOptions, dataOptions } from "./protection";
import { restrictedContainer, restrictedPod } from "./security";
import { ServerCertificate } from "./server-certificate";

const UID = 65532;
const PORT = 8888;
const CERTIFICATE = "/etc/notebooks-tls";
const WORK = "/work";
const IDENTITY = "data-scientist";

export interface NotebooksArgs extends DataOptions {
  /** Namespace of everything. */
  namespace: pulumi.Input<string>;
  /** Image with JupyterLab, PyTorch, `dronelake` and the notebooks (images/notebooks). */
  image: string;
  config: NotebooksConfig;
  /** Who signs its certificate. */
  issuer: IssuerRef;
  /** Storage class of the work; the cluster's default without it. */
  storageClass?: string;
  /** Keys of the identity `data-scientist`. */
  keys: S3Keys;
  /** URL of the object store inside the cluster. */
  objectStoreUrl: pulumi.Input<string>;
}

/**
 * JupyterLab over TLS, for whoever has its token; people reach it by `kubectl port-forward`, so its certificate names localhost too.
 *
 * What runs in it is anybody's code, so it has the keys of `data-scientist`, reaches the object store and the catalogue, and nothing else.
 */
export class Notebooks extends pulumi.ComponentResource {
  /** The word that JupyterLab asks for. */
  readonly token: pulumi.Output<string>;

  private readonly parent = { parent: this };
  private readonly labels: Record<string, string>;

  constructor(
    private readonly name: string,
    private readonly args: NotebooksArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:Notebooks", name, { config: args.config }, opts);
    const { namespace, issuer, keys } = args;
    this.labels = { [appLabel]: name };
    this.token = new random.RandomPassword(`${name}-token`, { length: 48, special: false }, this.parent).result;
    const hosts = [...serviceNames(name, namespaces.data), "localhost"];
    const certificate = new ServerCertificate(name, { namespace, issuer, hosts }, this.parent);
    const secrets = [
      s3Secret(IDENTITY, namespace, keys, this.parent),
      new k8s.core.v1.Secret(
        `${name}-token`,
        { metadata: { name: `${name}-token`, namespace }, stringData: { token: this.token } },
        this.parent,
      ),
    ] as const;
    const work = new k8s.core.v1.PersistentVolumeClaim(
      name,
      {
        // Where volumes are made for their first pod, this one is made with it: nothing waits for it.
        metadata: { name, namespace, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: args.storageClass,
          resources: { requests: { storage: args.config.storage } },
        },
      },
      { ...this.parent, ...dataOptions(args) },
    );
    const account = serviceAccount(name, { name, namespace: namespaces.data, token: false }, this.parent);
    this.service();
    const flows = this.flows();
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: { name, namespace, labels: this.labels },
        spec: {
          replicas: 1,
          // The volume belongs to one pod at a time.
          strategy: { type: "Recreate" },
          selector: { matchLabels: this.labels },
          template: { metadata: { labels: this.labels }, spec: this.podSpec(account, certificate, secrets, work) },
        },
      },
      { ...this.parent, dependsOn: flows },
    );
    this.registerOutputs({});
  }

  private service(): void {
    const { name, labels, args } = this;
    new k8s.core.v1.Service(
      name,
      {
        metadata: { name, namespace: args.namespace, labels },
        spec: { selector: labels, ports: [{ name: "https", port: PORT, targetPort: "https" }] },
      },
      this.parent,
    );
  }

  /** Out to the object store and the catalogue, and into the store; the catalogue lets in every pod of its namespace. */
  private flows(): pulumi.Resource[] {
    const { name, args } = this;
    const { namespace } = args;
    const to = [
      { to: [pods(objectStore.name)], ports: [tcp(objectStore.port)] },
      { to: [pods(catalogue.service)], ports: [tcp(catalogue.port)] },
    ];
    const into = new k8s.networking.v1.NetworkPolicy(
      `${name}-object-store`,
      {
        metadata: { name: `${objectStore.name}-${name}`, namespace },
        spec: {
          podSelector: { matchLabels: { [appLabel]: objectStore.name } },
          policyTypes: ["Ingress"],
          ingress: [{ from: [pods(name)], ports: [tcp(objectStore.port)] }],
        },
      },
      this.parent,
    );
    return [letOut(name, { app: name, namespace, to }, this.parent), into];
  }

  private podSpec(
    account: k8s.core.v1.ServiceAccount,
    certificate: ServerCertificate,
    [keys, token]: readonly [k8s.core.v1.Secret, k8s.core.v1.Secret],
    work: k8s.core.v1.PersistentVolumeClaim,
  ): k8s.types.input.core.v1.PodSpec {
    const { image, config, objectStoreUrl } = this.args;
    const from = (name: string, secret: k8s.core.v1.Secret, key: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key } },
    });
    const container = {
      image,
      imagePullPolicy: "IfNotPresent",
      resources: { requests: config.resources, limits: { memory: config.resources.memory } },
      securityContext: restrictedContainer(),
    };
    const probe = { httpGet: { path: "/api", port: "https", scheme: "HTTPS" }, timeoutSeconds: 10 };
    return {
      serviceAccountName: account.metadata.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod(UID),
      initContainers: [
        {
          ...container,
          name: "notebooks",
          // What a person has changed stays as it is.
          command: ["cp", "--recursive", "--no-clobber", "/opt/lake/.", WORK],
          volumeMounts: [{ name: "work", mountPath: WORK }],
        },
      ],
      containers: [
        {
          ...container,
          name: "jupyterlab",
          command: ["jupyter", "lab", "--no-browser", "--ip=0.0.0.0", `--port=${PORT}`],
          args: [
            `--ServerApp.certfile=${CERTIFICATE}/tls.crt`,
            `--ServerApp.keyfile=${CERTIFICATE}/tls.key`,
            `--ServerApp.root_dir=${WORK}`,
          ],
          env: [
            { name: "HOME", value: WORK },
            { name: "AWS_ENDPOINT_URL_S3", value: objectStoreUrl },
            { name: "AWS_CA_BUNDLE", value: CA_FILE },
            { name: "GDAL_CURL_CA_BUNDLE", value: CA_FILE },
            { name: "AWS_REGION", value: "us-east-1" },
            from("AWS_ACCESS_KEY_ID", keys, "accessKey"),
            from("AWS_SECRET_ACCESS_KEY", keys, "secretKey"),
            {
              name: "CATALOGUE_URL",
              value: `https://${serviceHost(catalogue.service, namespaces.data)}:${catalogue.port}`,
            },
            { name: "CATALOGUE_CA_FILE", value: CA_FILE },
            from("JUPYTER_TOKEN", token, "token"),
          ],
          ports: [{ name: "https", containerPort: PORT }],
          startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
          livenessProbe: { ...probe, periodSeconds: 15, failureThreshold: 4 },
          readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 2 },
          volumeMounts: [
            { name: "work", mountPath: WORK },
            { name: "tls", mountPath: CERTIFICATE, readOnly: true },
            { name: "tmp", mountPath: "/tmp" },
            caMount,
          ],
        },
      ],
      volumes: [
        { name: "work", persistentVolumeClaim: { claimName: work.metadata.name } },
        { name: "tls", secret: { secretName: certificate.secret, defaultMode: 0o440 } },
        { name: "tmp", emptyDir: {} },
        caVolume(certificate.secret),
      ],
    };
  }
}
