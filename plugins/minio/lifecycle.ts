/** IlmPolicy: the rules by which a bucket's objects expire. The id is the bucket's name. */
import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import type { ResourceType } from "../declared/resource";
import { atLeast } from "../declared/schema";
import type { Json } from "../shared/values";
import { type Client, saysNo } from "./client";

export interface Rule {
  id: string;
  /** `30d`, a date `2030-01-31`, or `DeleteMarker`. */
  expiration?: string | null;
  noncurrentVersionExpirationDays?: number | null;
  filter?: string | null;
  tags?: Record<string, string> | null;
  status?: string;
}

const EXPIRATION = /^([1-9]\d*d|\d{4}-\d{2}-\d{2}|DeleteMarker)$/;

export const lifecycle: ResourceType<Client> = {
  token: "minio:index/ilmPolicy:IlmPolicy",
  schema: {
    bucket: { type: "string", required: true, replace: true },
    rules: {
      type: "list",
      required: true,
      of: {
        type: "object",
        fields: {
          id: { type: "string", required: true },
          expiration: {
            type: "string",
            check: (value) =>
              EXPIRATION.test(String(value))
                ? undefined
                : 'must be days ("30d"), a date ("2030-01-31") or "DeleteMarker"',
          },
          noncurrentVersionExpirationDays: { type: "integer", check: atLeast(1) },
          status: { type: "string", output: true },
          filter: { type: "string" },
          tags: { type: "map", of: { type: "string" } },
        },
      },
    },
  },
  create: (client, desired) => put(client, String(desired.bucket), desired.rules as unknown as Rule[]),
  update: (client, id, _old, desired) => put(client, id, desired.rules as unknown as Rule[]),
  read: (client, id) => read(client, id),

  async delete(client, id) {
    const command = new DeleteBucketLifecycleCommand({ Bucket: id });
    await client
      .changeBucket(id, "lifecycle", (s3) => s3.send(command))
      .catch((error) => {
        if (!saysNo(error, "NoSuchBucket", "NoSuchLifecycleConfiguration")) throw error;
      });
  },
};

/** Writes the rules and gives back what the server then holds. */
async function put(client: Client, bucket: string, rules: Rule[]) {
  const command = new PutBucketLifecycleConfigurationCommand({
    Bucket: bucket,
    LifecycleConfiguration: { Rules: rules.map(toS3) },
  });
  await client.changeBucket(bucket, "lifecycle", (s3) => s3.send(command));
  return (await read(client, bucket)) ?? { id: bucket, outputs: {} };
}

async function read(client: Client, bucket: string) {
  try {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
    const { Rules = [] } = await client.call(`lifecycle of bucket "${bucket}"`, (s3) => s3.send(command));
    return { id: bucket, outputs: { bucket, rules: rulesFromS3(Rules) as unknown as Json } };
  } catch (error) {
    if (saysNo(error, "NoSuchBucket", "NoSuchLifecycleConfiguration")) return undefined;
    throw error;
  }
}

export function toS3(rule: Rule): LifecycleRule {
  const Prefix = rule.filter ?? "";
  const Tags = Object.entries(rule.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  return {
    ID: rule.id,
    Status: "Enabled",
    Filter: Tags.length > 0 ? { And: { Prefix, Tags } } : { Prefix },
    ...(rule.expiration && { Expiration: expirationToS3(rule.expiration) }),
    ...(rule.noncurrentVersionExpirationDays && {
      NoncurrentVersionExpiration: { NoncurrentDays: rule.noncurrentVersionExpirationDays },
    }),
  };
}

function expirationToS3(expiration: string): LifecycleRule["Expiration"] {
  if (expiration === "DeleteMarker") return { ExpiredObjectDeleteMarker: true };
  return expiration.endsWith("d") ? { Days: Number(expiration.slice(0, -1)) } : { Date: new Date(expiration) };
}

/** The rules that act. One that was disabled by hand is as good as none: a program can declare no such rule. */
export function rulesFromS3(rules: LifecycleRule[]): Rule[] {
  return rules.filter(({ Status }) => Status === "Enabled").map(fromS3);
}

export function fromS3(rule: LifecycleRule): Rule {
  const { And, Prefix, Tag } = rule.Filter ?? {};
  const tags = And?.Tags ?? (Tag ? [Tag] : []);
  return {
    id: rule.ID ?? "",
    expiration: expirationFromS3(rule.Expiration),
    noncurrentVersionExpirationDays: rule.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
    filter: And?.Prefix ?? Prefix ?? "",
    tags: tags.length > 0 ? Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) : null,
    status: rule.Status ?? "",
  };
}

function expirationFromS3(expiration: LifecycleRule["Expiration"]): string {
  if (expiration?.ExpiredObjectDeleteMarker) return "DeleteMarker";
  if (expiration?.Days) return `${expiration.Days}d`;
  return expiration?.Date ? expiration.Date.toISOString().slice(0, 10) : "";
}
