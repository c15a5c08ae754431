import { z } from "zod";
import { backupSchema, cloudNativePgSchema } from "./schema-backup";
import { encryptionSchema } from "./schema-encryption";
import { replicationSchema } from "./schema-replication";
import { exposure, port, positiveInt, resources, size } from "./values";

const HOST_PORT = "expected host:port without a scheme, such as lake.example.org:9000";

const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, HOST_PORT)
  .refine((address) => port.safeParse(Number(address.split(":").at(-1))).success, {
    error: `${HOST_PORT}; a port is 1 to 65535`,
    // The form is told first.
    when: ({ issues }) => issues.length === 0,
  });

export const endpointsSchema = z.strictObject({
  minio: hostPort.describe("host:port of the S3 API, over TLS; the host is among the names in its certificate"),
  minioCaFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "path of the certificate of the CA that signs its certificate, where this machine does not trust that CA",
    ),
  postgres: z
    .strictObject({
      host: z.string().min(1).describe("host name or address"),
      port: port.default(5432).describe("TCP port"),
      sslmode: z
        .enum(["require", "verify-ca", "verify-full"])
        .default("verify-full")
        .describe("how far the server's certificate is checked"),
      caFile: z.string().min(1).optional().describe("path of the CA certificate for it"),
    })
    .describe("where the database answers"),
  catalogue: hostPort
    .optional()
    .describe(
      "host:port of the catalogue service, over TLS; the host is among the names in its certificate. Without it only pods call it",
    ),
  mcp: hostPort
    .optional()
    .describe(
      "host:port of the MCP server, over TLS; the host is among the names in its certificate. Without it nobody calls it",
    ),
});

const poolSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$/, "lower-case letters, digits and hyphens, at most 16")
    .describe("name of the pool; it names volumes, so it never changes"),
  nodes: positiveInt.describe("MinIO pods, one a node"),
  drivesPerNode: positiveInt.describe("volumes a pod"),
  driveSize: size.describe("size of each volume"),
  storageClass: z.string().min(1).optional().describe("storage class of the drives; xfs on local disks is best"),
});

const generations = z
  .array(z.string().regex(/^[a-z0-9]{1,8}$/, "a name of up to 8 lower-case letters and digits"))
  .min(1)
  .default(["1"]);

export const objectStoreSchema = z.strictObject({
  mode: z
    .enum(["distributed", "standalone"])
    .default("distributed")
    .describe("distributed spreads every object over nodes; standalone is one pod with one drive, without redundancy"),
  pools: z
    .array(poolSchema)
    .min(1)
    .default([{ name: "p0", nodes: 4, drivesPerNode: 2, driveSize: "1Ti" }])
    .describe("server pools; the store grows by adding one at the end"),
  parity: z
    .int()
    .min(0)
    .default(4)
    .describe("drives of an erasure set that may be lost without losing data (EC:n); 0 in standalone mode"),
  minUsable: size
    .default("1Ti")
    .describe("what the pools must hold at least once parity is taken off; fewer or smaller drives are refused"),
  sharedDisk: z
    .boolean()
    .default(false)
    .describe("the drives lie on the node's system disk, which MinIO otherwise refuses; for a sandbox only"),
  eventQueue: z
    .strictObject({
      size: size.default("1Gi").describe("volume that keeps undelivered events, one a pod"),
      limit: positiveInt.default(100_000).describe("most events that one pod keeps"),
    })
    .prefault({})
    .describe("where bucket events wait for the EventListener"),
  incompleteUploadHours: positiveInt
    .default(72)
    .describe("age in hours at which an upload in parts that was neither completed nor aborted is removed"),
  encryption: encryptionSchema
    .optional()
    .describe("encrypt every new object with a key of a KMS; without it objects lie on the drives as they came"),
  replication: replicationSchema.optional().describe("keep a copy of buckets in another object store"),
  rootKeys: generations.describe(
    "generations of the root credentials: the store takes the last one's; to rotate, add one, and take the old one away once up has gone through",
  ),
  pipelineKeys: generations.describe(
    "generations of the pipelines' keys: steps that start get the last one's, the others stay valid for what still runs; to rotate, add one, and take the old one away when its runs have ended",
  ),
  exposure,
  resources: resources({ cpu: "500m", memory: "2Gi" }),
});

export type ObjectStoreConfig = z.output<typeof objectStoreSchema>;
export type PoolConfig = z.output<typeof poolSchema>;

export const databaseSchema = z.strictObject({
  backend: z
    .enum(["statefulset", "cloudnative-pg"])
    .default("statefulset")
    .describe("statefulset is one pod on one volume with nightly dumps; cloudnative-pg has replicas and an archive"),
  storage: size.default("20Gi").describe("volume of the database"),
  storageClass: z.string().min(1).optional().describe("storage class of that volume"),
  maxConnections: positiveInt.default(100).describe("connections that the server accepts"),
  connections: z
    .strictObject({
      owner: positiveInt.default(5).describe("migrations"),
      pipeline_detect: positiveInt.default(20).describe("all detection pods together"),
      pipeline_catalog: positiveInt.default(20).describe("all cataloguing pods together"),
      catalog: positiveInt.default(20).describe("the reconciler"),
      catalogue_reader: positiveInt.default(12).describe("all pods of the catalogue service together"),
      stagiair: positiveInt.default(10).describe("interns"),
      backup: positiveInt.min(2).default(3).describe("the nightly dump, which uses two"),
    })
    .prefault({})
    .describe("most connections that each login role may hold"),
  sharedBuffers: size.default("512Mi").describe("PostgreSQL's shared_buffers"),
  exposure,
  resources: resources({ cpu: "500m", memory: "2Gi" }),
  backup: backupSchema,
  cloudNativePg: cloudNativePgSchema,
});

export type DatabaseConfig = z.output<typeof databaseSchema>;
