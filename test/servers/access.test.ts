/** The table of who may do what (test/access/matrix.ts), cell by cell, asked of a real MinIO. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { serviceAccounts } from "../../components/access";
import { bucketNames } from "../../components/names";
import { bucketRequests } from "../access/bucket-requests";
import { type Identity, matrix, type Outsider, outsiders, places, type Rights } from "../access/matrix";
import { objectRequests } from "../access/object-requests";
import { answer, type Request, refusal, type Target } from "../access/request";
import { everything, makeIdentities, makeOutsiders, type Outsiders } from "./access-callers";
import { ByHand, clientOf, type Keys, makeBuckets, ownKey, removeBuckets, targets } from "./access-lake";
import { Deployer } from "./stack";

// Most of the time of a request is MinIO's.
vi.setConfig({ maxConcurrency: 16 });

const byHand = new ByHand();
let deployer: Deployer;
let keys: Record<Identity, Keys>;
let clients: Record<string, S3Client>;
let outside: Outsiders;

beforeAll(async () => {
  [deployer] = await Promise.all([Deployer.create(["minio", "random"]), makeBuckets()]);
  keys = await makeIdentities(deployer, byHand);
  clients = Object.fromEntries(Object.entries(keys).map(([identity, own]) => [identity, clientOf(own)]));
  outside = await makeOutsiders(byHand, [await byHand.policy("access-everything", everything)]);
});
afterAll(async () => {
  await byHand.remove();
  const { failed, output } = await deployer.destroy();
  await removeBuckets();
  deployer.remove();
  expect(failed, output).toBe(false);
});

const titleOf = ({ Bucket, Key }: Target) => `${Bucket}/${Key}`;
const inEach = (where: readonly Target[], say: (target: Target) => string) =>
  Object.fromEntries(where.map((target) => [titleOf(target), say(target)]));

/** What a caller is answered in each of the targets. */
async function answers(client: S3Client, request: Request, where: readonly Target[]): Promise<Record<string, string>> {
  const all = where.map(async (target) => [titleOf(target), await answer(request.send(client, target))]);
  return Object.fromEntries(await Promise.all(all));
}

/** One target in each bucket. */
const oneInEach = bucketNames.map((bucket) => targets.find(({ Bucket }) => Bucket === bucket)!);

/** What somebody with these rights is answered. */
function expected(request: Request, rights: readonly Rights[]): string {
  const { needs } = request;
  const suffices = (held: Rights) =>
    typeof needs !== "string" && needs.every((right) => held.split(" ").includes(right));
  return rights.some(suffices) ? (request.answer ?? "done") : refusal(request, "AccessDenied");
}

const all = Object.keys(matrix) as Identity[];
const rightsIn = (identity: Identity, target: Target) => matrix[identity][targets.indexOf(target)]!;

describe.each(all)("%s", { concurrent: true }, (identity) => {
  const inBucket = ({ Bucket }: Target) => matrix[identity].filter((_, i) => places[i]!.bucket === Bucket);

  it.each(Object.entries(bucketRequests))("%s on each bucket", async (_, request) => {
    const table = inEach(oneInEach, (target) => expected(request, inBucket(target)));
    expect(await answers(clients[identity]!, request, oneInEach)).toEqual(table);
  });

  it.each(Object.entries(objectRequests))("%s in each place", async (_, request) => {
    const table = inEach(targets, (target) => expected(request, [rightsIn(identity, target)]));
    expect(await answers(clients[identity]!, request, targets)).toEqual(table);
  });
});

describe("a key that somebody makes for itself", { concurrent: true }, () => {
  const isAccount = (identity: Identity) => identity in serviceAccounts;
  const [accounts, makers] = [all.filter(isAccount), all.filter((identity) => !isAccount(identity))];

  it.each(makers)("can do no more than %s", async (identity) => {
    const client = clientOf(await ownKey(keys[identity], everything));
    for (const request of Object.values(objectRequests)) {
      const table = inEach(targets, (target) => expected(request, [rightsIn(identity, target)]));
      expect(await answers(client, request, targets)).toEqual(table);
    }
  });

  it.each(accounts)("is refused to %s", async (identity) => {
    await expect(ownKey(keys[identity], everything)).rejects.toMatchObject({ code: "AccessDenied" });
  });
});

const writers = all.flatMap((identity) =>
  targets.filter((target) => rightsIn(identity, target).includes("write")).map((target) => ({ identity, ...target })),
);

it.each(writers)("$identity sends $Bucket/$Key in parts", async ({ identity, Bucket, Key }) => {
  const s3 = clients[identity]!;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: "a part" }));
  expect((await s3.send(new ListPartsCommand(part))).Parts).toHaveLength(1);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const whole = await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
  expect(whole.VersionId).toBeTruthy();
});

it("the outsiders were let in until they were disabled or removed, or their session expired", () => {
  expect(outside.before).toEqual({
    "a disabled user": "done",
    "a removed user": "done",
    "a disabled service account": "done",
    "an expired session": "done",
  });
});

describe.each(Object.entries(outsiders))("%s", { concurrent: true }, (name, code) => {
  // The server's clock counts in whole seconds.
  beforeAll(() => (name === "an expired session" ? sleep(outside.sessionEnds + 1000 - Date.now()) : undefined));

  it.each(Object.entries({ ...bucketRequests, ...objectRequests }))("%s in each bucket", async (_, request) => {
    const table = inEach(oneInEach, () => refusal(request, code));
    expect(await answers(outside.clients[name as Outsider], request, oneInEach)).toEqual(table);
  });
});
