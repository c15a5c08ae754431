import { Agent } from "node:https";
import { GetObjectCommand, type GetObjectCommandOutput, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { Problem, quoted } from "./problem";

/** One object of the lake, in one version or, without one, in its latest. */
export interface Address {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

export interface ObjectsArgs {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The certificate of the only CA that the store is believed by; without it the machine's. */
  readonly ca?: string;
}

/** Reads objects; it has no way to write one. */
export class Objects {
  private readonly s3: S3Client;

  constructor({ endpoint, region, accessKeyId, secretAccessKey, ca }: ObjectsArgs) {
    this.s3 = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: 5_000,
        requestTimeout: 20_000,
        httpsAgent: new Agent({ keepAlive: true, ...(ca ? { ca } : {}) }),
      },
    });
  }

  /** The whole object. Throws Problem when it is larger than `mostBytes`. */
  async read(address: Address, mostBytes: number): Promise<{ bytes: Buffer; versionId?: string }> {
    const found = await this.get(address);
    if ((found.ContentLength ?? 0) > mostBytes) {
      (found.Body as { destroy?: () => void } | undefined)?.destroy?.();
      const size = `${found.ContentLength} bytes`;
      throw new Problem(`${quoted(uriOf(address))} is too large for a preview (${size})`, "choose another picture");
    }
    return { bytes: await bytesOf(found), versionId: found.VersionId };
  }

  /** The bytes from `first` to `last`, both included, and the size of the whole. */
  async range(
    address: Address,
    first: number,
    last: number,
  ): Promise<{ bytes: Buffer; size: number; versionId?: string }> {
    const found = await this.get(address, `bytes=${first}-${last}`);
    const size = Number(/\/(\d+)$/.exec(found.ContentRange ?? "")?.[1] ?? found.ContentLength ?? 0);
    return { bytes: await bytesOf(found), size, versionId: found.VersionId };
  }

  private async get(address: Address, range?: string): Promise<GetObjectCommandOutput> {
    const { bucket: Bucket, key: Key, versionId: VersionId } = address;
    try {
      return await this.s3.send(new GetObjectCommand({ Bucket, Key, VersionId, Range: range }));
    } catch (error) {
      throw explained(error, address);
    }
  }
}

async function bytesOf({ Body }: GetObjectCommandOutput): Promise<Buffer> {
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** The `s3://` address without the version. */
export function uriOf({ bucket, key }: Address): string {
  return `s3://${bucket}/${key}`;
}

const ABSENT = ["NoSuchKey", "NoSuchVersion", "NoSuchBucket", "InvalidArgument", "MethodNotAllowed"];

function explained(error: unknown, address: Address): unknown {
  const what = quoted(uriOf(address)) + (address.versionId ? ` version ${quoted(address.versionId)}` : "");
  if (!(error instanceof S3ServiceException)) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
    return new Problem(
      `the object store does not answer (${why})`,
      "try again later; the tools that need the catalogue alone still work",
    );
  }
  if (ABSENT.includes(error.name)) {
    return new Problem(
      `there is no ${what}`,
      "take href and version_id as list_drone_images, get_flight or search_findings give them",
    );
  }
  return new Problem(
    `${what} cannot be read (${error.name})`,
    "ask whoever runs the lake whether identity assistant may read it",
  );
}
