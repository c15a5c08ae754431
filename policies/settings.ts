/** What belongs to this lake and to whoever runs it: names, registries, namespaces. Policies take them from here alone. */

/** The bucket that photos come into, and the one of the orthophotos. */
export const RAW_BUCKET = "drone-raw";
export const ORTHO_BUCKET = "drone-ortho";

/** The object store's user whose service accounts the pipelines' steps have. */
export const PIPELINE_USER = "pipeline";

/** Labels that say who answers for a thing and who pays for it. */
export const OWNER_LABELS = ["drone-lake/owner", "drone-lake/cost-center"] as const;

/** Where images may come from: prefixes of their names. */
export const REGISTRIES = [
  "registry.example.org/",
  "drone-lake.local/", // what a sandbox builds and imports; nothing can be pulled from it
  "ghcr.io/tektoncd/",
  "quay.io/jetstack/cert-manager-",
  "docker.io/opendronemap/",
  "nvcr.io/nvidia/",
  // Tekton's own defaults for the shell that starts a script.
  "cgr.dev/chainguard/",
  "mcr.microsoft.com/",
];

/**
 * Images that a version's tag may name also in production. Their projects never move such a tag, and this program's
 * defaults cannot know their digests; a stack that sets them under `images` with a digest is stricter.
 */
export const NAMED_BY_VERSION = ["ghcr.io/tektoncd/", "docker.io/opendronemap/odm:"];

/**
 * Namespaces of operators: controllers of other projects, installed as they are released. Their accounts watch objects of
 * all namespaces, Secrets among them, and their pods are probed as their projects have it.
 */
export const OPERATOR_NAMESPACES = ["tekton-pipelines", "cert-manager"];

/**
 * Namespaces of what makes a node's devices known: its pods write into the kubelet's own folder, on the nodes of the GPU
 * pool too, before a GPU can be asked for. No Service sends them anything.
 */
export const NODE_AGENT_NAMESPACES = ["gpu-system"];

/** The resource that a container asks for to get a GPU, the taint of the nodes that have some and the label of their pool. */
export const GPU = { resource: "nvidia.com/gpu", taint: "nvidia.com/gpu", poolLabel: "drone-lake/gpu-pool" } as const;

/** What the object store of production has at least: nodes a pool, drives that may be lost, usable bytes in all. */
export const PRODUCTION_STORE = { nodes: 4, parity: 2, usableBytes: 2 ** 40 } as const;
