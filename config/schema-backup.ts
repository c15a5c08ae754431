import { z } from "zod";
import { positiveInt, size } from "./values";

/** Five fields of a cron schedule. */
const schedule = z
  .string()
  .regex(/^\S+( \S+){4}$/, "a cron schedule of five fields, such as 15 1 * * *")
  .default("15 1 * * *");

const bucketSchema = z.strictObject({
  endpoint: z
    .string()
    .regex(/^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/, "an https URL without a path, such as https://s3.example.org")
    .describe("URL of an S3 API that is not this lake's: what is lost with the lake is no backup of it"),
  region: z.string().min(1).default("us-east-1").describe("its region"),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name")
    .describe("a versioned bucket there"),
  prefix: z
    .string()
    .regex(/^([A-Za-z0-9_.-]+\/)*$/, "a prefix that ends in a slash, such as lake/")
    .default("")
    .describe("what the keys begin with"),
  credentialsSecret: z
    .string()
    .min(1)
    .describe(
      "Secret in the namespace data-systems with accessKey and secretKey of an identity that lists, reads and writes there; it is not made here",
    ),
});

export const backupSchema = z
  .strictObject({
    schedule: schedule.describe("cron schedule in UTC"),
    keep: positiveInt
      .default(14)
      .describe(
        "backups that stay on the volume; with cloudnative-pg the days back to which the database can be recovered; a bucket of nightly dumps needs a lifecycle rule of its own",
      ),
    volume: z
      .strictObject({
        size: size.default("20Gi").describe("size of the volume"),
        storageClass: z.string().min(1).optional().describe("storage class of the volume; best on other disks"),
      })
      .prefault({})
      .describe("where backups are kept when no bucket is named"),
    bucket: bucketSchema.optional().describe("where backups are kept; without it on a volume of their own"),
  })
  .prefault({})
  .describe("backups of the database");

export type BackupConfig = z.output<typeof backupSchema>;
export type BackupBucket = z.output<typeof bucketSchema>;

const clusterName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, "lower-case letters, digits and hyphens, at most 30");

export const cloudNativePgSchema = z
  .strictObject({
    clusters: z
      .array(
        z.strictObject({
          name: clusterName.describe("name of the cluster, also of its archive in the bucket, so never used again"),
          recoverFrom: z
            .strictObject({
              cluster: clusterName.describe("name under which the bucket has the archive"),
              targetTime: z.iso
                .datetime({ offset: true })
                .optional()
                .describe("moment to recover to, such as 2026-05-01T12:00:00Z; without it all there is"),
            })
            .optional()
            .describe("begin with what another cluster archived, instead of empty; read only when it is made"),
        }),
      )
      .min(1)
      .default([{ name: "lake-1" }])
      .describe("the last one serves the lake; one that is recovered is added at the end"),
    instances: positiveInt
      .min(3)
      .default(3)
      .describe("pods with PostgreSQL: one writes, one of the others has every commit before it is answered"),
    poolerInstances: positiveInt.default(2).describe("PgBouncer pods in front of it"),
    operatorNamespace: z.string().min(1).default("cnpg-system").describe("where the operator runs"),
  })
  .prefault({})
  .describe("for backend cloudnative-pg; the operator and its plugin barman-cloud are not installed here");

export type CloudNativePgConfig = z.output<typeof cloudNativePgSchema>;
