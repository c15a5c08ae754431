import { type Cases, changed, chart, container, failing, object, resource } from "../resources";

const bucket = resource(
  "minio:index/s3Bucket:S3Bucket",
  "drone-raw",
  { bucket: "drone-raw", acl: "private" },
  { protect: true },
);
const versioning = resource("minio:index/s3BucketVersioning:S3BucketVersioning", "drone-raw", {
  bucket: "drone-raw",
  versioningConfiguration: { status: "Enabled" },
});
const bucketPolicy = (statement: object) =>
  resource("minio:index/s3BucketPolicy:S3BucketPolicy", "drone-raw", {
    bucket: "drone-raw",
    policy: JSON.stringify({ Version: "2012-10-17", Statement: statement }),
  });
const reads = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::drone-raw/*" };

const claim = (name: string, storage: string) => ({
  metadata: { name },
  spec: { resources: { requests: { storage } } },
});
const store = object(
  "apps/v1",
  "StatefulSet",
  "data-lake-p0",
  {
    spec: {
      replicas: 4,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      template: {
        spec: {
          containers: [
            {
              ...container,
              command: ["minio"],
              args: ["server"],
              env: [
                { name: "MINIO_STORAGE_CLASS_STANDARD", value: "EC:4" },
                { name: "MINIO_NOTIFY_WEBHOOK_ENABLE_LAKE", value: "on" },
                { name: "MINIO_NOTIFY_WEBHOOK_QUEUE_DIR_LAKE", value: "/queue/events" },
              ],
              volumeMounts: [
                { name: "drive-0", mountPath: "/drives/0" },
                { name: "drive-1", mountPath: "/drives/1" },
                { name: "queue", mountPath: "/queue" },
              ],
            },
          ],
        },
      },
      volumeClaimTemplates: [claim("drive-0", "512Gi"), claim("drive-1", "512Gi"), claim("queue", "1Gi")],
    },
  },
  { protect: true },
);
const ENV = "spec.template.spec.containers.0.env";
const withKms = changed(store, { [`${ENV}.3`]: { name: "MINIO_KMS_SECRET_KEY_FILE", value: "/kms/key" } });
const encryption = resource("minio:index/s3BucketServerSideEncryption:S3BucketServerSideEncryption", "drone-raw", {
  bucket: "drone-raw",
  encryptionType: "aws:kms",
  kmsKeyId: "lake",
});
const inBucket = (values: object) => chart({ mode: "distributed", buckets: [{ name: "drone-raw", ...values }] });

export const objectStore: Record<string, Cases> = {
  "no-public-bucket": {
    passes: {
      "a private bucket, and one without an ACL": [bucket, changed(bucket, { acl: undefined })],
      "a policy that denies everybody": [bucketPolicy([{ ...reads, Effect: "Deny", Principal: { AWS: ["*"] } }])],
      "a policy that allows a user something": [
        bucketPolicy([{ ...reads, Principal: { AWS: "arn:aws:iam::x:user/a" } }]),
      ],
      "a chart's bucket without an anonymous policy": [inBucket({ policy: "none" }), inBucket({})],
    },
    fails: {
      ...failing(bucket, {
        "an ACL that lets everybody read": [{ acl: "public-read" }, "its ACL is public-read"],
        "an ACL that lets everybody write": [{ acl: "public-read-write" }, "its ACL is public-read-write"],
      }),
      "a statement for *": {
        given: [bucketPolicy({ ...reads, Principal: "*" })],
        says: "allows s3:GetObject to everybody",
      },
      "a statement for AWS *": { given: [bucketPolicy([{ ...reads, Principal: { AWS: "*" } }])], says: "to everybody" },
      "a statement for a list with *": {
        given: [bucketPolicy([{ ...reads, Principal: { AWS: ["*"] } }])],
        says: "to everybody",
      },
      "a policy that is no JSON": { given: [changed(bucketPolicy([]), { policy: "{" })], says: "no JSON" },
      "a chart's public bucket": {
        given: [inBucket({ policy: "public" })],
        says: "drone-raw has the anonymous policy public",
      },
      "a chart's bucket that everybody downloads": {
        given: [inBucket({ policy: "download" })],
        says: "policy download",
      },
    },
  },
  "buckets-versioned": {
    passes: {
      "a bucket with versions": [bucket, versioning],
      "a bucket with object lock, which brings versions": [changed(bucket, { objectLocking: true })],
      "a chart's bucket with versions": [inBucket({ versioning: true })],
    },
    fails: {
      "a bucket of whose versions nothing is said": { given: [bucket], says: "no S3BucketVersioning" },
      "versions of another bucket": {
        given: [bucket, changed(versioning, { bucket: "ai-models" })],
        says: "no S3BucketVersioning",
      },
      "suspended versions": {
        given: [bucket, changed(versioning, { versioningConfiguration: { status: "Suspended" } })],
        says: "suspended",
      },
      "a chart's bucket without": { given: [inBucket({})], says: "bucket drone-raw keeps no versions" },
    },
  },
  "buckets-encrypted": {
    passes: {
      "a store without a KMS": [store, bucket],
      "a bucket of a store with a KMS": [withKms, bucket, encryption],
    },
    fails: {
      "a bucket without, though there is a KMS": { given: [withKms, bucket], says: "no S3BucketServerSideEncryption" },
      "a setting of another bucket": {
        given: [withKms, bucket, changed(encryption, { bucket: "ai-models" })],
        says: "no S3BucketServerSideEncryption",
      },
    },
  },
  "raw-photos-locked": {
    passes: {
      "a locked bucket": [changed(bucket, { objectLocking: true })],
      "another bucket": [changed(bucket, { bucket: "ai-results" })],
      "a chart's locked bucket": [inBucket({ objectlocking: true })],
    },
    fails: {
      "a bucket without lock": { given: [bucket], says: "no object lock" },
      "a chart's bucket without": { given: [inBucket({})], says: "drone-raw has no object lock" },
    },
  },
  "lake-data-kept": {
    passes: {
      "a protected bucket": [bucket],
      "protected volumes": [store],
      "volumes of which Kubernetes' default holds": [
        changed(store, { "spec.persistentVolumeClaimRetentionPolicy": undefined }),
      ],
      "a workload without data": [object("apps/v1", "StatefulSet", "cache", { spec: {} })],
    },
    fails: {
      "a bucket that may be deleted": { given: [{ ...bucket, protect: false }], says: "not protected" },
      "volumes that may be deleted": { given: [{ ...store, protect: false }], says: "not protected" },
      "a database that may be deleted": {
        given: [resource("postgresql:index/database:Database", "lake", { name: "lake" })],
        says: "not protected",
      },
      ...failing(bucket, { "a bucket that is emptied": [{ forceDestroy: true }, "forceDestroy empties it"] }),
      ...failing(store, {
        "volumes that go with their StatefulSet": [
          { "spec.persistentVolumeClaimRetentionPolicy.whenDeleted": "Delete" },
          "deleted whenDeleted",
        ],
      }),
    },
  },
  "production-topology": {
    passes: {
      "four nodes with two drives": [store],
      "a chart that is distributed": [inBucket({})],
      "no object store at all": [bucket],
    },
    fails: {
      "a chart on one drive": { given: [chart({ mode: "standalone" })], says: "mode standalone" },
      ...failing(store, {
        "one node": [{ "spec.replicas": 1 }, "it has 1 node(s)"],
        "nothing said of nodes": [{ "spec.replicas": undefined }, "it has 1 node(s)"],
        "no parity": [
          { [`${ENV}.0`]: { name: "MINIO_STORAGE_CLASS_STANDARD", value: "EC:0" } },
          "0 drives of an erasure set",
        ],
        "nothing said of parity": [{ [`${ENV}.0`]: { name: "OTHER", value: "x" } }, "0 drives of an erasure set"],
        "drives too small": [
          {
            "spec.volumeClaimTemplates.1": claim("drive-1", "8Gi"),
            "spec.volumeClaimTemplates.0": claim("drive-0", "8G"),
          },
          "hold 0.",
        ],
      }),
    },
  },
  "webhook-queue": {
    passes: {
      "a queue on a volume claim": [store],
      "a target that is off": [changed(store, { [`${ENV}.1.value`]: "off", [`${ENV}.2`]: { name: "X", value: "x" } })],
    },
    fails: failing(store, {
      "no directory": [{ [`${ENV}.2`]: { name: "X", value: "x" } }, "webhook target LAKE has no queue directory"],
      "a directory in the container": [
        { [`${ENV}.2.value`]: "/tmp/events" },
        "/tmp/events of webhook target LAKE goes with",
      ],
      "a directory that goes with the pod": [
        { "spec.template.spec.volumes": [{ name: "queue", emptyDir: {} }] },
        "goes with the pod",
      ],
    }),
  },
};
