import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Requests, Target } from "./request";

const [nobody, never] = ["nobody", "never"] as const;
const read = ["read"] as const;
const write = ["write"] as const;

const where = ({ Bucket, Key }: Target) => ({ Bucket, Key });
/** A part of an upload that was never begun: who may not go on with uploads is refused before that is noticed. */
const part = (target: Target) => ({ ...where(target), UploadId: "none", PartNumber: 1 });
const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
export const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
const retention = () => ({ Mode: "GOVERNANCE", RetainUntilDate: inHours(48) }) as const;

/** What can be asked of an object. The deletions come last, and the one that destroys something is the very last. */
export const objectRequests: Requests = {
  GetObject: {
    action: "s3:GetObject",
    needs: read,
    send: async (s3, target) => (await s3.send(new GetObjectCommand(where(target)))).Body?.transformToString(),
  },
  HeadObject: {
    action: "s3:GetObject",
    head: true,
    needs: read,
    send: (s3, target) => s3.send(new HeadObjectCommand(where(target))),
  },
  "GetObject of a version": {
    action: "s3:GetObjectVersion",
    needs: read,
    send: async (s3, target) => (await s3.send(new GetObjectCommand(target))).Body?.transformToString(),
  },
  GetObjectAttributes: {
    action: "s3:GetObjectAttributes",
    needs: nobody,
    send: (s3, target) =>
      s3.send(new GetObjectAttributesCommand({ ...where(target), ObjectAttributes: ["ObjectSize"] })),
  },
  PutObject: {
    action: "s3:PutObject",
    needs: write,
    send: (s3, target) => s3.send(new PutObjectCommand({ ...where(target), Body: "a new version" })),
  },
  CopyObject: {
    action: "s3:PutObject",
    needs: ["read", "write"],
    send: (s3, { Bucket, Key }) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}`, MetadataDirective: "REPLACE" })),
  },
  CreateMultipartUpload: {
    action: "s3:PutObject",
    needs: write,
    send: (s3, target) => s3.send(new CreateMultipartUploadCommand(where(target))),
  },
  UploadPart: {
    action: "s3:PutObject",
    needs: write,
    answer: "NoSuchUpload",
    send: (s3, target) => s3.send(new UploadPartCommand({ ...part(target), Body: "a part" })),
  },
  ListParts: {
    action: "s3:ListMultipartUploadParts",
    needs: write,
    answer: "NoSuchUpload",
    send: (s3, target) => s3.send(new ListPartsCommand(part(target))),
  },
  CompleteMultipartUpload: {
    action: "s3:PutObject",
    needs: write,
    answer: "NoSuchUpload",
    send: (s3, target) => {
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: "d41d8cd98f00b204e9800998ecf8427e" }] };
      return s3.send(new CompleteMultipartUploadCommand({ ...part(target), MultipartUpload }));
    },
  },
  AbortMultipartUpload: {
    action: "s3:AbortMultipartUpload",
    needs: write,
    send: (s3, target) => s3.send(new AbortMultipartUploadCommand(part(target))),
  },
  "PutObject with a retention": {
    action: "s3:PutObjectRetention",
    needs: nobody,
    send: (s3, target) => {
      const kept = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: inHours(1) } as const;
      return s3.send(new PutObjectCommand({ ...where(target), Body: "a kept version", ...kept }));
    },
  },
  "PutObject with tags": {
    // MinIO asks for PutObjectTagging only when an object that is there is tagged.
    action: "s3:PutObject",
    needs: write,
    send: (s3, target) => s3.send(new PutObjectCommand({ ...where(target), Body: "a tagged version", Tagging: "a=b" })),
  },
  GetObjectAcl: {
    action: "s3:GetBucketPolicy",
    needs: nobody,
    send: (s3, target) => s3.send(new GetObjectAclCommand(where(target))),
  },
  PutObjectAcl: {
    action: "s3:PutBucketPolicy",
    needs: never,
    answer: "NotImplemented",
    send: (s3, target) => s3.send(new PutObjectAclCommand({ ...where(target), ACL: "public-read" })),
  },
  GetObjectTagging: {
    action: "s3:GetObjectTagging",
    needs: nobody,
    send: (s3, target) => s3.send(new GetObjectTaggingCommand(where(target))),
  },
  PutObjectTagging: {
    action: "s3:PutObjectTagging",
    needs: nobody,
    send: (s3, target) => s3.send(new PutObjectTaggingCommand({ ...where(target), Tagging })),
  },
  DeleteObjectTagging: {
    action: "s3:DeleteObjectTagging",
    needs: nobody,
    send: (s3, target) => s3.send(new DeleteObjectTaggingCommand(where(target))),
  },
  GetObjectLegalHold: {
    action: "s3:GetObjectLegalHold",
    needs: nobody,
    answer: "NoSuchObjectLockConfiguration",
    send: (s3, target) => s3.send(new GetObjectLegalHoldCommand(target)),
  },
  PutObjectLegalHold: {
    action: "s3:PutObjectLegalHold",
    needs: nobody,
    send: (s3, target) => s3.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status: "OFF" } })),
  },
  GetObjectRetention: {
    action: "s3:GetObjectRetention",
    needs: nobody,
    send: (s3, target) => s3.send(new GetObjectRetentionCommand(target)),
  },
  PutObjectRetention: {
    action: "s3:PutObjectRetention",
    needs: nobody,
    send: (s3, target) => s3.send(new PutObjectRetentionCommand({ ...target, Retention: retention() })),
  },
  RestoreObject: {
    action: "s3:RestoreObject",
    needs: nobody,
    answer: "InvalidObjectState",
    send: (s3, target) => s3.send(new RestoreObjectCommand({ ...where(target), RestoreRequest: { Days: 1 } })),
  },
  DeleteObject: {
    action: "s3:DeleteObject",
    needs: nobody,
    send: (s3, target) => s3.send(new DeleteObjectCommand(where(target))),
  },
  DeleteObjects: {
    action: "s3:DeleteObject",
    needs: nobody,
    send: (s3, { Bucket, Key }) => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } })),
  },
  "DeleteObject of a version": {
    action: "s3:DeleteObjectVersion",
    needs: never,
    // Allowed, and then impossible: its retention keeps the version.
    answer: "InvalidRequest",
    send: (s3, target) => s3.send(new DeleteObjectCommand(target)),
  },
  "DeleteObject of a retained version": {
    action: "s3:BypassGovernanceRetention",
    needs: never,
    send: (s3, target) => s3.send(new DeleteObjectCommand({ ...target, BypassGovernanceRetention: true })),
  },
};
