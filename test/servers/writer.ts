import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { expect } from "vitest";

/** Between two objects of a writer, so that it leaves the server something of the processor. */
const PAUSE_MS = 100;

/** Somebody who works without a pause: puts an object, reads it back, and goes on to the next, until told to stop. */
export class Writer {
  /** Every request that failed, with the server's word for it. */
  readonly failures: string[] = [];
  /** Keys of the objects that were put and answered for. */
  readonly written: string[] = [];
  private stopped = false;
  private readonly work: Promise<void>;

  /** Asks `client` for each object anew, as the client may be another one by then. */
  constructor(
    private readonly name: string,
    private readonly bucket: string,
    private readonly client: () => S3Client,
  ) {
    this.work = this.run();
  }

  /** Resolves when the writer has put and read this many objects more. */
  async goesOn(objects: number): Promise<void> {
    const until = this.written.length + objects;
    while (this.written.length < until) await sleep(PAUSE_MS);
  }

  /** Lets the writer finish the object that it is at. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.work;
  }

  private async run(): Promise<void> {
    for (let i = 0; !this.stopped; i++) {
      const at = { Bucket: this.bucket, Key: `${this.name}/${i}` };
      const client = this.client();
      const put = await this.attempt(`put ${at.Key}`, () => client.send(new PutObjectCommand({ ...at, Body: at.Key })));
      if (put) {
        this.written.push(at.Key);
        await this.attempt(`get ${at.Key}`, async () => {
          const body = await (await client.send(new GetObjectCommand(at))).Body?.transformToString();
          if (body !== at.Key) throw new Error(`holds ${JSON.stringify(body)}`);
        });
      }
      await sleep(PAUSE_MS);
    }
  }

  private async attempt(what: string, request: () => Promise<unknown>): Promise<boolean> {
    try {
      await request();
      return true;
    } catch (error) {
      this.failures.push(`${what}: ${error instanceof Error ? `${error.name} ${error.message}` : error}`);
      return false;
    }
  }
}

/** What a client is answered, or not answered, while all servers of a store restart. */
const RESTART =
  /ECONNREFUSED|ECONNRESET|TimeoutError|ClientDisconnected|NotInitialized|SlowDown|ServiceUnavailable|StorageFull|AccessDenied/;

/** Sees that what failed while all servers restarted is over: every writer goes on, and nothing more fails. */
export async function expectPassing(writers: Writer[]): Promise<void> {
  const failed = () => writers.flatMap(({ failures }) => failures);
  await Promise.all(writers.map((writer) => writer.goesOn(2)));
  const during = failed();
  expect(during.filter((failure) => !RESTART.test(failure))).toEqual([]);
  await Promise.all(writers.map((writer) => writer.goesOn(10)));
  for (const writer of writers) await writer.stop();
  expect(failed()).toEqual(during);
}
