import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketReplicationCommand,
  DeleteBucketTaggingCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import type { Requests } from "./request";

const [nobody, never] = ["nobody", "never"] as const;
const read = ["read"] as const;

const emptyPolicy = (bucket: string) => {
  const deny = { Effect: "Deny", Principal: { AWS: ["*"] }, Action: ["s3:*"], Resource: [`arn:aws:s3:::${bucket}/*`] };
  return JSON.stringify({ Version: "2012-10-17", Statement: [deny] });
};
const expireAll = { ID: "x", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } } as const;
const replicateAll = { ID: "x", Priority: 1, Status: "Enabled", Filter: { Prefix: "" } } as const;
const aes = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } } as const;

/** What can be asked of a bucket. In this order whoever is allowed all of it leaves the bucket as it was. */
export const bucketRequests: Requests = {
  HeadBucket: {
    action: "s3:ListBucket",
    or: "s3:HeadBucket",
    head: true,
    needs: read,
    send: (s3, { Bucket }) => s3.send(new HeadBucketCommand({ Bucket })),
  },
  ListObjectsV2: {
    action: "s3:ListBucket",
    needs: read,
    send: (s3, { Bucket }) => s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })),
  },
  ListObjectVersions: {
    action: "s3:ListBucketVersions",
    or: "s3:ListBucket",
    needs: read,
    send: (s3, { Bucket }) => s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 })),
  },
  GetBucketLocation: {
    action: "s3:GetBucketLocation",
    needs: read,
    send: (s3, { Bucket }) => s3.send(new GetBucketLocationCommand({ Bucket })),
  },
  GetBucketVersioning: {
    action: "s3:GetBucketVersioning",
    needs: read,
    send: (s3, { Bucket }) => s3.send(new GetBucketVersioningCommand({ Bucket })),
  },
  ListMultipartUploads: {
    action: "s3:ListBucketMultipartUploads",
    needs: nobody,
    send: (s3, { Bucket }) => s3.send(new ListMultipartUploadsCommand({ Bucket })),
  },
  GetBucketAcl: {
    action: "s3:GetBucketPolicy",
    needs: nobody,
    send: (s3, { Bucket }) => s3.send(new GetBucketAclCommand({ Bucket })),
  },
  GetBucketCors: {
    action: "s3:GetBucketCors",
    needs: nobody,
    answer: "NoSuchCORSConfiguration",
    send: (s3, { Bucket }) => s3.send(new GetBucketCorsCommand({ Bucket })),
  },
  GetBucketEncryption: {
    action: "s3:GetEncryptionConfiguration",
    needs: nobody,
    answer: "ServerSideEncryptionConfigurationNotFoundError",
    send: (s3, { Bucket }) => s3.send(new GetBucketEncryptionCommand({ Bucket })),
  },
  GetBucketLifecycleConfiguration: {
    action: "s3:GetLifecycleConfiguration",
    needs: nobody,
    answer: "NoSuchLifecycleConfiguration",
    send: (s3, { Bucket }) => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  },
  GetBucketNotificationConfiguration: {
    action: "s3:GetBucketNotification",
    needs: nobody,
    send: (s3, { Bucket }) => s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
  },
  GetBucketPolicy: {
    action: "s3:GetBucketPolicy",
    needs: nobody,
    answer: "NoSuchBucketPolicy",
    send: (s3, { Bucket }) => s3.send(new GetBucketPolicyCommand({ Bucket })),
  },
  GetBucketReplication: {
    action: "s3:GetReplicationConfiguration",
    needs: nobody,
    answer: "ReplicationConfigurationNotFoundError",
    send: (s3, { Bucket }) => s3.send(new GetBucketReplicationCommand({ Bucket })),
  },
  GetBucketTagging: {
    action: "s3:GetBucketTagging",
    needs: nobody,
    answer: "NoSuchTagSet",
    send: (s3, { Bucket }) => s3.send(new GetBucketTaggingCommand({ Bucket })),
  },
  GetObjectLockConfiguration: {
    action: "s3:GetBucketObjectLockConfiguration",
    needs: nobody,
    send: (s3, { Bucket }) => s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
  },
  PutBucketAcl: {
    action: "s3:PutBucketPolicy",
    needs: never,
    answer: "NotImplemented",
    send: (s3, { Bucket }) => s3.send(new PutBucketAclCommand({ Bucket, ACL: "public-read" })),
  },
  PutBucketCors: {
    action: "s3:PutBucketCors",
    needs: nobody,
    answer: "NotImplemented",
    send: (s3, { Bucket }) => {
      const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }];
      return s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    },
  },
  PutBucketEncryption: {
    action: "s3:PutEncryptionConfiguration",
    needs: nobody,
    answer: "NotImplemented",
    send: (s3, { Bucket }) =>
      s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [aes] } })),
  },
  DeleteBucketEncryption: {
    action: "s3:PutEncryptionConfiguration",
    needs: nobody,
    send: (s3, { Bucket }) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
  },
  PutBucketLifecycleConfiguration: {
    action: "s3:PutLifecycleConfiguration",
    needs: never,
    send: (s3, { Bucket }) =>
      s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [expireAll] } })),
  },
  DeleteBucketLifecycle: {
    action: "s3:PutLifecycleConfiguration",
    needs: never,
    send: (s3, { Bucket }) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  PutBucketNotificationConfiguration: {
    action: "s3:PutBucketNotification",
    needs: never,
    send: (s3, { Bucket }) =>
      s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} })),
  },
  PutBucketPolicy: {
    action: "s3:PutBucketPolicy",
    needs: never,
    send: (s3, { Bucket }) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: emptyPolicy(Bucket) })),
  },
  DeleteBucketPolicy: {
    action: "s3:DeleteBucketPolicy",
    needs: never,
    send: (s3, { Bucket }) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  PutBucketReplication: {
    action: "s3:PutReplicationConfiguration",
    needs: nobody,
    answer: "XMinioAdminRemoteTargetNotFoundError",
    send: (s3, { Bucket }) => {
      const rule = { ...replicateAll, Destination: { Bucket: "arn:aws:s3:::elsewhere" } };
      const ReplicationConfiguration = { Role: "arn:minio:replication::x:elsewhere", Rules: [rule] };
      return s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration }));
    },
  },
  DeleteBucketReplication: {
    action: "s3:PutReplicationConfiguration",
    needs: nobody,
    answer: "XMinioAdminRemoteTargetNotFoundError",
    send: (s3, { Bucket }) => s3.send(new DeleteBucketReplicationCommand({ Bucket })),
  },
  PutBucketTagging: {
    action: "s3:PutBucketTagging",
    needs: nobody,
    send: (s3, { Bucket }) =>
      s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } })),
  },
  DeleteBucketTagging: {
    action: "s3:PutBucketTagging",
    needs: nobody,
    send: (s3, { Bucket }) => s3.send(new DeleteBucketTaggingCommand({ Bucket })),
  },
  PutBucketVersioning: {
    action: "s3:PutBucketVersioning",
    needs: never,
    send: (s3, { Bucket }) =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } })),
  },
  PutObjectLockConfiguration: {
    action: "s3:PutBucketObjectLockConfiguration",
    needs: never,
    send: (s3, { Bucket }) =>
      s3.send(
        new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } }),
      ),
  },
  CreateBucket: {
    action: "s3:CreateBucket",
    needs: nobody,
    answer: "BucketAlreadyOwnedByYou",
    send: (s3, { Bucket }) => s3.send(new CreateBucketCommand({ Bucket })),
  },
  DeleteBucket: {
    action: "s3:DeleteBucket",
    needs: never,
    answer: "BucketNotEmpty",
    send: (s3, { Bucket }) => s3.send(new DeleteBucketCommand({ Bucket })),
  },
  "DeleteBucket with all objects": {
    action: "s3:ForceDeleteBucket",
    needs: never,
    // A bucket with an object lock, as all are in the tests.
    answer: "MethodNotAllowed",
    send: (s3, { Bucket }) => {
      const command = new DeleteBucketCommand({ Bucket });
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers["x-minio-force-delete"] = "true";
          return next(args);
        },
        { step: "build" },
      );
      return s3.send(command);
    },
  },
};
