/** S3Bucket: a bucket with its quota. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import { type ResourceType, unlessDone } from "../declared/resource";
import { atLeast } from "../declared/schema";
import { ProviderError } from "../shared/errors";
import { type Client, saysNo } from "./client";

export const bucket: ResourceType<Client> = {
  token: "minio:index/s3Bucket:S3Bucket",
  named: "bucket",
  schema: {
    acl: {
      type: "string",
      default: "private",
      // The official plugin writes the other values into the bucket's policy, where they fight S3BucketPolicy, and never takes them back.
      check: (value) =>
        value === "private"
          ? undefined
          : 'can only be "private" in this build: say in an S3BucketPolicy what others may do',
    },
    arn: { type: "string", output: true },
    bucket: {
      type: "string",
      computed: true,
      replace: true,
      check: (value) =>
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(String(value))
          ? undefined
          : "must be 3 to 63 characters out of a-z, 0-9, dot and hyphen, and begin and end with a letter or digit",
    },
    bucketDomainName: { type: "string", output: true },
    bucketPrefix: { type: "string", refused: 'give the whole name as "bucket"' },
    forceDestroy: { type: "boolean", default: false },
    objectLocking: {
      type: "boolean",
      default: false,
      fixed: "it acts only when a bucket is made; take the change back, or make a new bucket under another name",
    },
    quota: { type: "integer", check: atLeast(1) },
  },

  async create(client, desired) {
    const name = String(desired.bucket);
    if (await exists(client, name))
      throw new ProviderError(`bucket "${name}" already exists: import it, or choose another name`);
    const command = new CreateBucketCommand({
      Bucket: name,
      ObjectLockEnabledForBucket: desired.objectLocking === true,
    });
    await client.call(`bucket "${name}"`, (s3) => s3.send(command));
    if (desired.quota === undefined) return { id: name, outputs: address(client, name) };
    const incomplete = await unlessDone(() => setQuota(client, name, desired.quota as number));
    return { id: name, outputs: { ...address(client, name), ...(incomplete && { quota: null }) }, incomplete };
  },

  async read(client, id) {
    return (await exists(client, id)) ? { id, outputs: { bucket: id, ...address(client, id) } } : undefined;
  },

  async update(client, id, old, desired) {
    if ((old.quota ?? undefined) !== desired.quota) await setQuota(client, id, desired.quota as number | undefined);
    return { id, outputs: address(client, id) };
  },

  async delete(client, id, state) {
    try {
      if (state.forceDestroy) await empty(client, id);
      await client.call(`bucket "${id}"`, (s3) => s3.send(new DeleteBucketCommand({ Bucket: id })));
    } catch (error) {
      if (saysNo(error, "NoSuchBucket")) return;
      if (!saysNo(error, "BucketNotEmpty")) throw error;
      throw new ProviderError(
        `bucket "${id}" is not empty: remove its objects, or set forceDestroy and run \`up\` before the delete`,
      );
    }
  },

  fromId: (id) => ({ bucket: id, acl: "private", forceDestroy: false, objectLocking: false }),
};

function address(client: Client, name: string) {
  return { arn: `arn:aws:s3:::${name}`, bucketDomainName: `${client.address}/minio/${name}` };
}

async function exists(client: Client, name: string): Promise<boolean> {
  try {
    await client.call(`bucket "${name}"`, (s3) => s3.send(new HeadBucketCommand({ Bucket: name })));
    return true;
  } catch (error) {
    if (saysNo(error, "NotFound", "NoSuchBucket")) return false;
    throw error;
  }
}

async function setQuota(client: Client, name: string, bytes: number | undefined): Promise<void> {
  const body = bytes === undefined ? {} : { quota: bytes, quotatype: "hard" };
  await client.write(`bucket ${name}`, () =>
    client.admin({ method: "PUT", name: "set-bucket-quota", query: { bucket: name }, body }),
  );
}

/** Deletes every version of every object, and every delete marker, until a listing is empty. */
async function empty(client: Client, name: string): Promise<void> {
  for (;;) {
    const list = new ListObjectVersionsCommand({ Bucket: name });
    const page = await client.call(`bucket "${name}"`, (s3) => s3.send(list));
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (found.length === 0) return;
    const Objects = found.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const remove = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } });
    const { Errors = [] } = await client.call(`bucket "${name}"`, (s3) => s3.send(remove));
    const first = Errors[0];
    if (first) {
      throw new ProviderError(
        `bucket "${name}": ${Errors.length} object versions cannot be deleted, the first is "${first.Key}": ${first.Message}`,
      );
    }
  }
}
