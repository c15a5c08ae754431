/** S3BucketServerSideEncryption: the key with which a bucket's new objects are encrypted. The id is the bucket's name. */
import {
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  PutBucketEncryptionCommand,
} from "@aws-sdk/client-s3";
import type { ResourceType } from "../declared/resource";
import { oneOf } from "../declared/schema";
import { type Client, saysNo } from "./client";

async function put(client: Client, bucket: string, key: string) {
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: key } as const;
  const command = new PutBucketEncryptionCommand({
    Bucket: bucket,
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault }] },
  });
  await client.changeBucket(bucket, "encryption", (s3) => s3.send(command));
  return { id: bucket, outputs: {} };
}

export const bucketEncryption: ResourceType<Client> = {
  token: "minio:index/s3BucketServerSideEncryption:S3BucketServerSideEncryption",
  schema: {
    bucket: { type: "string", required: true, replace: true },
    encryptionType: { type: "string", required: true, check: oneOf("aws:kms") },
    kmsKeyId: { type: "string", required: true },
  },
  create: (client, desired) => put(client, String(desired.bucket), String(desired.kmsKeyId)),
  update: (client, id, _old, desired) => put(client, id, String(desired.kmsKeyId)),

  async read(client, id) {
    try {
      const command = new GetBucketEncryptionCommand({ Bucket: id });
      const answer = await client.call(`encryption of bucket "${id}"`, (s3) => s3.send(command));
      const rule = answer.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
      const outputs = { encryptionType: rule?.SSEAlgorithm ?? "", kmsKeyId: rule?.KMSMasterKeyID ?? "" };
      return { id, outputs: { bucket: id, ...outputs } };
    } catch (error) {
      if (saysNo(error, "NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError")) return undefined;
      throw error;
    }
  },

  async delete(client, id) {
    const command = new DeleteBucketEncryptionCommand({ Bucket: id });
    await client
      .changeBucket(id, "encryption", (s3) => s3.send(command))
      .catch((error) => {
        if (!saysNo(error, "NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError")) throw error;
      });
  },
};
