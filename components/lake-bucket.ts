import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { bytesOf } from "../config/values";
import { nothingForAnonymous } from "./bucket-policy";
import { type BucketName, webhookArn } from "./names";
import { type DataOptions, dataOptions } from "./protection";

export interface LakeBucketArgs extends DataOptions {
  /** Name of the bucket. */
  bucket: BucketName;
  /** Days after which a version that is no longer current is removed; kept for ever without it. */
  noncurrentDays?: number;
  /** Most that its objects may take, all versions together; no limit without it. */
  quota?: string;
  /** Days that nobody can remove a version; the bucket is made with object locks then. */
  retainDays?: number;
  /** Name of the KMS' key with which new objects are encrypted; as they came without it. */
  encryptionKey?: string;
  /** Which new objects are announced to the EventListener; none without it. */
  announce?: { prefix?: string; suffix: string };
}

/** A versioned bucket that gives nothing to anonymous callers and announces the objects that start a pipeline. */
export class LakeBucket extends pulumi.ComponentResource {
  constructor(name: string, args: LakeBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:LakeBucket", name, args, opts);
    const data = { parent: this, ...dataOptions(args) };
    const objectLocking = args.retainDays !== undefined;
    const quota = args.quota === undefined ? undefined : Math.floor(bytesOf(args.quota));
    const forceDestroy = !args.protect;
    const made = new minio.S3Bucket(name, { bucket: args.bucket, forceDestroy, objectLocking, quota }, data);
    const { bucket } = made;

    // MinIO keeps all settings of a bucket in one document, which every change reads and writes whole: of two at the
    // same time one is lost without an error. So each setting waits for the one before; versioning is the first, since
    // a run is named after the VersionID of the object that is announced.
    let last: pulumi.Resource = objectLocking
      ? made // With locks a bucket is versioned, and cannot be otherwise.
      : new minio.S3BucketVersioning(name, { bucket, versioningConfiguration: { status: "Enabled" } }, data);
    last = new minio.S3BucketPolicy(
      name,
      { bucket, policy: JSON.stringify(nothingForAnonymous(args.bucket)) },
      { parent: this, dependsOn: last },
    );
    if (args.encryptionKey) {
      last = new minio.S3BucketServerSideEncryption(
        name,
        { bucket, encryptionType: "aws:kms", kmsKeyId: args.encryptionKey },
        { parent: this, dependsOn: last },
      );
    }
    if (args.announce) {
      last = new minio.S3BucketNotification(
        name,
        {
          bucket,
          queues: [
            {
              id: "pipelines",
              queueArn: webhookArn,
              events: ["s3:ObjectCreated:*"],
              filterPrefix: args.announce.prefix,
              filterSuffix: args.announce.suffix,
            },
          ],
        },
        { parent: this, dependsOn: last },
      );
    }
    if (args.noncurrentDays) {
      new minio.IlmPolicy(
        name,
        {
          bucket,
          rules: [{ id: "noncurrent", noncurrentVersionExpirationDays: args.noncurrentDays }],
        },
        { parent: this, dependsOn: last },
      );
    }
    this.registerOutputs({});
  }
}
