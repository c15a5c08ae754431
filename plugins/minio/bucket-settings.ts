/** S3BucketVersioning and S3BucketPolicy: settings of a bucket, each a resource whose id is the bucket's name. */
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import type { ResourceType } from "../declared/resource";
import { oneOf } from "../declared/schema";
import { type Client, saysNo } from "./client";
import { policyFlaw, samePolicy } from "./policies";

const bucketName = { type: "string", required: true, replace: true } as const;
const excluded = "it is an extension of MinIO that the S3 API's clients do not know; leave it out";

type Status = "Enabled" | "Suspended";

async function putVersioning(client: Client, bucket: string, status: Status) {
  const command = new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: status } });
  await client.changeBucket(bucket, "versioning", (s3) => s3.send(command));
  return { id: bucket, outputs: versioningOutputs(status) };
}

function versioningOutputs(status: string | null) {
  return { versioningConfiguration: { status, excludeFolders: false, excludedPrefixes: null } };
}

export const versioning: ResourceType<Client> = {
  token: "minio:index/s3BucketVersioning:S3BucketVersioning",
  schema: {
    bucket: bucketName,
    versioningConfiguration: {
      type: "object",
      required: true,
      fields: {
        status: { type: "string", required: true, check: oneOf("Enabled", "Suspended") },
        excludeFolders: { type: "boolean", refused: excluded },
        excludedPrefixes: { type: "list", of: { type: "string" }, refused: excluded },
      },
    },
  },
  create: (client, desired) => putVersioning(client, String(desired.bucket), statusIn(desired)),
  update: (client, id, _old, desired) => putVersioning(client, id, statusIn(desired)),

  async read(client, id) {
    try {
      const command = new GetBucketVersioningCommand({ Bucket: id });
      const { Status } = await client.call(`versioning of bucket "${id}"`, (s3) => s3.send(command));
      return { id, outputs: { bucket: id, ...versioningOutputs(Status ?? null) } };
    } catch (error) {
      if (saysNo(error, "NoSuchBucket")) return undefined;
      throw error;
    }
  },

  /** A bucket cannot become unversioned again; suspended is the nearest. */
  async delete(client, id, state) {
    if (statusIn(state) === "Suspended") return;
    await putVersioning(client, id, "Suspended").catch((error) => {
      if (!saysNo(error, "NoSuchBucket")) throw error;
    });
  },
};

function statusIn(properties: { versioningConfiguration?: unknown }): Status {
  return (properties.versioningConfiguration as { status: Status }).status;
}

async function putPolicy(client: Client, bucket: string, policy: string) {
  const command = new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy });
  await client.changeBucket(bucket, "policy", (s3) => s3.send(command));
  return { id: bucket, outputs: {} };
}

export const bucketPolicy: ResourceType<Client> = {
  token: "minio:index/s3BucketPolicy:S3BucketPolicy",
  schema: {
    bucket: bucketName,
    policy: { type: "string", required: true, check: policyFlaw, same: samePolicy },
  },
  create: (client, desired) => putPolicy(client, String(desired.bucket), String(desired.policy)),
  update: (client, id, _old, desired) => putPolicy(client, id, String(desired.policy)),

  async read(client, id, state) {
    try {
      const command = new GetBucketPolicyCommand({ Bucket: id });
      const { Policy = "" } = await client.call(`policy of bucket "${id}"`, (s3) => s3.send(command));
      // The text as it was written, while it means the same: servers print it in their own way.
      const same = samePolicy(state.policy ?? null, Policy);
      return { id, outputs: { bucket: id, policy: same ? state.policy : Policy } };
    } catch (error) {
      if (saysNo(error, "NoSuchBucketPolicy")) return { id, outputs: { bucket: id, policy: "" } };
      if (saysNo(error, "NoSuchBucket")) return undefined;
      throw error;
    }
  },

  async delete(client, id) {
    const command = new DeleteBucketPolicyCommand({ Bucket: id });
    await client
      .changeBucket(id, "policy", (s3) => s3.send(command))
      .catch((error) => {
        if (!saysNo(error, "NoSuchBucket", "NoSuchBucketPolicy")) throw error;
      });
  },
};
