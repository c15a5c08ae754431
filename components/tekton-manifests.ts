import { TEKTON_COMMANDS, tektonImportPath } from "../config/images";
import type { Manifest } from "./manifest";

export interface TektonOptions {
  /** Version of the release, for its labels. */
  version: string;
  /** Images by the names of the config. */
  images: Record<string, string>;
  /** Keep the webhook's autoscaler and upstream's requests, where it has some; else requests that fit a small node. */
  highAvailability: boolean;
  /** Labels of the namespace, beside upstream's. */
  labels: Record<string, string>;
}

/** Objects in the order in which they must exist: a stage waits for the one before. */
export const stages = ["definitions", "grounds", "interceptors", "servers", "admission"] as const;
export type Stage = (typeof stages)[number];

/** Which stage an object belongs to. */
export function stageOf({ kind }: Manifest): Stage {
  if (kind === "Namespace" || kind === "CustomResourceDefinition") return "definitions";
  // They come before the pod that fills in their CA once, at its start.
  if (kind === "ClusterInterceptor") return "interceptors";
  if (kind === "Deployment" || kind === "HorizontalPodAutoscaler") return "servers";
  // Last, so that they go first: a webhook whose server is gone lets nothing be removed that it judges.
  if (kind.endsWith("WebhookConfiguration")) return "admission";
  return "grounds";
}

/** Upstream's objects as this project installs them: with released images, less rights and without unused parts. */
export function transformTekton(objects: readonly Manifest[], options: TektonOptions): Manifest[] {
  return objects.filter((object) => isUsed(object, options)).map((object) => transformed(object, options));
}

const UNUSED_ROLES = [
  // For EventListeners; ours has a role of its own.
  "tekton-triggers-eventlistener-roles",
  "tekton-triggers-eventlistener-clusterroles",
];

function isUsed({ kind, metadata }: Manifest, { highAvailability }: TektonOptions): boolean {
  if (kind === "ClusterInterceptor") return metadata.name === "cel";
  if (kind === "HorizontalPodAutoscaler") return highAvailability;
  if (kind.startsWith("ClusterRole") && UNUSED_ROLES.includes(metadata.name)) return false;
  // Sends cloud events, which nothing here receives; its ConfigMaps stay, the other controllers read them.
  return kind === "ConfigMap" || metadata.labels?.["app.kubernetes.io/component"] !== "events";
}

function transformed(object: Manifest, options: TektonOptions): Manifest {
  const released = replaceStrings(object, (text) => atRelease(text, options)) as Manifest;
  if (released.kind === "Namespace") return labelled(released, options);
  if (released.kind === "Deployment") return deployment(released, options);
  if (released.kind === "ClusterRole") return narrowed(released);
  if (released.kind === "CustomResourceDefinition") return definition(released);
  const flags = FLAGS[released.metadata.name];
  if (released.kind === "ConfigMap" && flags) {
    return { ...released, data: { ...(released.data as Record<string, string>), ...flags } };
  }
  return released;
}

const FLAGS: Record<string, Record<string, string>> = {
  "feature-flags": {
    // Steps exchange data through the object store, so pods of a run need not share a node.
    coschedule: "disabled",
    // The namespaces admit only pods that say how they are restricted; so must what Tekton adds to a pod.
    "set-security-context": "true",
    "set-security-context-read-only-root-filesystem": "true",
    // Nothing here is fetched from git or a registry with credentials of a ServiceAccount.
    "disable-creds-init": "true",
    "enable-api-fields": "stable",
    "enable-step-actions": "false",
  },
};

/** Upstream's sources say `devel` and `ko://<import path>` where a release says its version and its images. */
function atRelease(text: string, { version, images }: TektonOptions): string {
  if (text === "devel") return `v${version}`;
  if (!text.startsWith("ko://")) return text;
  const command = TEKTON_COMMANDS.find(([, project, name]) => text === `ko://${tektonImportPath(project, name)}`);
  const image = command && images[command[0]];
  if (!image) throw new Error(`Tekton's manifests name ${text}, for which no image is known`);
  return image;
}

function labelled(object: Manifest, { labels }: TektonOptions): Manifest {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
}

interface Container {
  args?: string[];
  resources?: object;
  [key: string]: unknown;
}

interface PodTemplate {
  metadata: Record<string, unknown>;
  spec: { containers: Container[]; [key: string]: unknown };
}

const SMALL = { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "512Mi" } };
/** For what upstream gives no resources: its caches grow with the runs that the cluster keeps. */
const UNSIZED = { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "2Gi" } };

function deployment(object: Manifest, { images, highAvailability }: TektonOptions): Manifest {
  const spec = object.spec as { template: PodTemplate; replicas?: number };
  const containers = spec.template.spec.containers.map((container) => ({
    ...container,
    imagePullPolicy: "IfNotPresent",
    ...(container.args ? { args: withShell(container.args, images.shell) } : {}),
    resources: highAvailability ? (container.resources ?? UNSIZED) : SMALL,
  }));
  return {
    ...object,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } },
  };
}

/** The controller's arguments with our own shell in place of upstream's. */
function withShell(args: string[], shell: string | undefined): string[] {
  const at = args.indexOf("-shell-image");
  return shell && at >= 0 ? args.with(at + 1, shell) : args;
}

/** Without the one field that has a single allowed value, which the API server drops: every `up` would set it again. */
function definition(object: Manifest): Manifest {
  const { preserveUnknownFields: _, ...spec } = object.spec as Record<string, unknown>;
  return { ...object, spec };
}

/**
 * Without the rights that only Knative's EventListeners need.
 *
 * What the controller and the interceptors may do with Secrets stays: both watch them all by an informer without a
 * namespace, and do nothing at all when they may not.
 */
function narrowed(role: Manifest): Manifest {
  const rules = role.rules as { apiGroups: string[] }[] | undefined;
  return rules ? { ...role, rules: rules.filter(({ apiGroups }) => !apiGroups.includes("serving.knative.dev")) } : role;
}

function replaceStrings(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((item) => replaceStrings(item, replace));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceStrings(item, replace)]));
}
