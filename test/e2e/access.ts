import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { beforeAll, expect, it } from "vitest";
import { anonymousClient } from "../s3";
import { outputs, s3As, sql } from "./context";

const BUCKETS = ["drone-raw", "drone-ortho", "ai-models", "ai-results"] as const;
/** The people, and the bucket that each may write. */
const WRITES: Readonly<Record<string, string | undefined>> = {
  stagiair: undefined,
  catalog: undefined,
  assistant: undefined,
  "drone-operator": "drone-raw",
  "data-scientist": "ai-models",
};
const DENIED = { name: "AccessDenied" };

/** Identities against the real object store and database. */
export function theAccess(): void {
  const clients: Record<string, S3Client> = {};
  beforeAll(async () => {
    for (const identity of Object.keys(WRITES)) clients[identity] = await s3As(identity);
  });

  for (const [identity, own] of Object.entries(WRITES)) {
    it(`${identity} writes ${own ? `${own} alone` : "nothing"}`, async () => {
      const s3 = clients[identity]!;
      for (const Bucket of BUCKETS) {
        const put = s3.send(new PutObjectCommand({ Bucket, Key: `projects/access/${identity}.txt`, Body: "x" }));
        if (Bucket === own) expect((await put).VersionId).toBeTruthy();
        else await expect(put, `${identity} puts into ${Bucket}`).rejects.toMatchObject(DENIED);
      }
    });

    it(`${identity} changes no bucket's versioning`, async () => {
      for (const Bucket of BUCKETS) {
        const suspend = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
        await expect(clients[identity]!.send(suspend), Bucket).rejects.toMatchObject(DENIED);
      }
    });
  }

  it("nobody of the people removes a version of a photo", async () => {
    const { Contents = [] } = await clients.stagiair!.send(
      new ListObjectsV2Command({ Bucket: "drone-raw", Prefix: "projects/sample-dike/", MaxKeys: 1 }),
    );
    const Key = Contents[0]!.Key!;
    const { VersionId } = await clients.stagiair!.send(new GetObjectCommand({ Bucket: "drone-raw", Key }));
    for (const s3 of Object.values(clients)) {
      await expect(s3.send(new DeleteObjectCommand({ Bucket: "drone-raw", Key, VersionId }))).rejects.toMatchObject(
        DENIED,
      );
    }
  });

  it("without credentials nothing can be read or listed", async () => {
    const nobody = anonymousClient(await outputs());
    for (const Bucket of BUCKETS) {
      await expect(nobody.send(new ListObjectsV2Command({ Bucket })), Bucket).rejects.toMatchObject(DENIED);
    }
  });

  it("stagiair reads findings and items, and writes neither", async () => {
    const [{ findings }] = (await sql<{ findings: string }>(
      "stagiair",
      "select count(*) as findings from detections.finding",
    )) as [{ findings: string }];
    expect(Number(findings)).toBeGreaterThan(0);
    await expect(sql("stagiair", "delete from detections.finding")).rejects.toThrow(/permission denied/);
    await expect(sql("stagiair", "delete from pgstac.items")).rejects.toThrow(/permission denied/);
    await expect(sql("stagiair", "create table public.mine (i int)")).rejects.toThrow(/permission denied/);
  });
}
