import { z } from "zod";
import { catalogueSchema } from "./schema-catalogue";
import { gpuSchema } from "./schema-gpu";
import { mcpSchema } from "./schema-mcp";
import { monitoringSchema } from "./schema-monitoring";
import { notebooksSchema } from "./schema-notebooks";
import { pipelinesSchema } from "./schema-pipelines";
import { databaseSchema, endpointsSchema, objectStoreSchema } from "./schema-servers";
import { tlsSchema } from "./schema-tls";
import { cidr, port, positiveInt, size } from "./values";

const clusterSchema = z.strictObject({
  kubeconfig: z.string().min(1).optional().describe("path of the kubeconfig; without it the ambient one"),
  context: z.string().min(1).optional().describe("context in that kubeconfig; without it the current one"),
  dedicated: z
    .boolean()
    .default(false)
    .describe("whether nobody else uses the cluster: up then takes over objects that exist already under our names"),
  apiServerPorts: z
    .array(port)
    .min(1)
    .default([443, 6443])
    .describe("ports at which pods reach the API server, for network policies: its Service's and its own"),
  podCidrs: z
    .array(cidr)
    .default([])
    .describe(
      "addresses of the cluster's pods; those of other namespaces could come in as clients from outside where allowedCidrs covers them and they are not named here",
    ),
  storageClass: z
    .string()
    .min(1)
    .optional()
    .describe("storage class of every volume that names none; without it the cluster's default"),
  largestNode: z
    .strictObject({
      cpu: positiveInt.describe("cores of the largest node that may run a stitching; one is kept for the system"),
      memoryGiB: positiveInt.describe("memory of that node in GiB; 2 GiB and 6 % are kept for the system"),
    })
    .optional()
    .describe(
      "what a pod of a size class, or of a detection without GPUs, may request at most; without it they are not checked against nodes",
    ),
});

const labelValue = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    "letters, digits, dots, hyphens and underscores, at most 63",
  );

const ownershipSchema = z.strictObject({
  owner: labelValue.describe("team that answers for the environment"),
  costCenter: labelValue.describe("who pays for it"),
});

const tektonSchema = z.strictObject({
  install: z.boolean().default(true).describe("false where the cluster has Tekton Pipelines and Triggers already"),
  highAvailability: z
    .boolean()
    .default(true)
    .describe("keep the webhook's autoscaler and upstream's resource requests; false fits a small node"),
});

const lifecycleSchema = z.strictObject({
  quota: size
    .optional()
    .describe(
      "most that its objects may take, all versions together; more is refused. Without it the drives are the limit",
    ),
  retainDays: positiveInt
    .optional()
    .describe(
      "days that nobody, root included, can remove a version (object lock, mode compliance); only a bucket that is made with it can have it",
    ),
  noncurrentDays: positiveInt
    .optional()
    .describe(
      "days after which a version that is no longer current is removed, even if a flight manifest names it; without it kept for ever",
    ),
});

const bucketsSchema = z
  .strictObject({
    "drone-raw": lifecycleSchema.default({}).describe("photos and flight manifests"),
    "drone-ortho": lifecycleSchema.default({}).describe("orthophotos"),
    "ai-models": lifecycleSchema.default({}).describe("models"),
    "ai-results": lifecycleSchema.default({}).describe("findings and pictures"),
  })
  .describe("what differs from bucket to bucket; every bucket is versioned");

/** Everything that differs from environment to environment: one top-level key of `Pulumi.<stack>.yaml` a property. */
export const environmentSchema = z.strictObject({
  tier: z
    .enum(["production", "development", "sandbox"])
    .default("production")
    .describe(
      "what the environment is for; production must be redundant, protected and encrypted, the others may do without",
    ),
  cluster: clusterSchema.prefault({}).describe("the Kubernetes cluster that carries the environment"),
  endpoints: endpointsSchema.describe("where Pulumi itself reaches the object store and the database"),
  tls: tlsSchema.prefault({}).describe("who signs the certificates of the lake's servers"),
  images: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe(
      "container images by name, over the official ones; minio, postgis, tasks, catalogue, mcp, (for a detection with GPUs) tasks-gpu and (for notebooks) notebooks have no official one",
    ),
  codeVersion: z.string().min(1).describe("version of the pipeline code, written into every result"),
  ownership: ownershipSchema.describe(
    "whose the environment is: labels of its namespaces and of the nodes that it starts",
  ),
  protect: z
    .boolean()
    .default(true)
    .describe("protect and retain what holds data; false lets `pulumi destroy` remove it"),
  objectStore: objectStoreSchema.prefault({}).describe("the MinIO object store"),
  buckets: bucketsSchema.prefault({}),
  database: databaseSchema.prefault({}).describe("PostGIS with pgSTAC"),
  catalogue: catalogueSchema.prefault({}).describe("STAC API and OGC API Features over the database"),
  mcp: mcpSchema.prefault({}).describe("tools with which an AI assistant reads the lake (Model Context Protocol)"),
  monitoring: monitoringSchema
    .prefault({})
    .describe("how Prometheus' operator watches the object store, where the cluster has it"),
  tekton: tektonSchema.prefault({}).describe("Tekton Pipelines and Triggers"),
  pipelines: pipelinesSchema.describe("from photos to findings"),
  notebooks: notebooksSchema.prefault({}).describe("where data scientists work, if anywhere"),
  gpu: gpuSchema.prefault({}).describe("nodes with GPUs for the detection"),
});

/** Images by name; those that every environment runs are certain to be there. */
export type Images = Record<string, string> &
  Record<
    "minio" | "postgis" | "tasks" | "catalogue" | "mcp" | "odm" | "cert-manager-controller" | "nvidia-device-plugin",
    string
  >;

/** One environment, checked, with every default filled in. */
export type Environment = Omit<z.output<typeof environmentSchema>, "images"> & { images: Images };
