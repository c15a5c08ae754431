import * as minio from "@pulumi/minio";
import * as pulumi from "@pulumi/pulumi";
import { nothingForAnonymous } from "./bucket-policy";
import { type BucketName, webhookArn } from "./names";
import { type DataOptions, dataOptions } from "./protection";

export interface LakeBucketArgs extends DataOptions {
  /** Name of the bucket. */
  bucket: BucketName;
  /** Days after which a version that is no longer current is removed; kept for ever without it. */
  noncurrentDays?: number;
  /** Which new objects are announced to the EventListener; none without it. */
  announce?: { prefix?: string; suffix: string };
}

/** A versioned bucket that gives nothing to anonymous callers and announces the objects that start a pipeline. */
export class LakeBucket extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: LakeBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:LakeBucket", name, args, opts);
    const data = { parent: this, ...dataOptions(args) };
    const bucket = new minio.S3Bucket(name, { bucket: args.bucket, forceDestroy: !args.protect }, data);
    this.bucket = bucket.bucket;

    const versioning = new minio.S3BucketVersioning(
      name,
      { bucket: this.bucket, versioningConfiguration: { status: "Enabled" } },
      data,
    );
    new minio.S3BucketPolicy(
      name,
      { bucket: this.bucket, policy: JSON.stringify(nothingForAnonymous(args.bucket)) },
      { parent: this },
    );
    if (args.announce) {
      new minio.S3BucketNotification(
        name,
        {
          bucket: this.bucket,
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
        // A run is named after the object's VersionID, so the first announced object must have one.
        { parent: this, dependsOn: versioning },
      );
    }
    if (args.noncurrentDays) {
      new minio.IlmPolicy(
        name,
        {
          bucket: this.bucket,
          rules: [{ id: "noncurrent", noncurrentVersionExpirationDays: args.noncurrentDays }],
        },
        { parent: this, dependsOn: versioning },
      );
    }
    this.registerOutputs({ bucket: this.bucket });
  }
}
