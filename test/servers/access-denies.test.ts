/** What nobody but root may do, whatever else is allowed: a policy may say "deny" and still not mean what MinIO checks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, NEVER, pipelineUser, policyFor, serviceAccounts, users } from "../../components/access";
import type { PolicyDocument } from "../../components/bucket-policy";
import { bucketRequests } from "../access/bucket-requests";
import { objectRequests } from "../access/object-requests";
import { answer, refusal } from "../access/request";
import { everything } from "./access-callers";
import { ByHand, clientOf, makeBuckets, plaything, removeBuckets, targets } from "./access-lake";

const byHand = new ByHand();
const requests = Object.entries({ ...bucketRequests, ...objectRequests });
const never = requests.filter(([, { needs }]) => needs === "never");
const identities: Record<string, Access> = { ...users, ...serviceAccounts, pipeline: pipelineUser };

beforeAll(async () => {
  await makeBuckets();
  await byHand.policy("access-everything", everything);
});
afterAll(async () => {
  await byHand.remove();
  await removeBuckets();
});

/** A client of a user who may do everything but what the document denies. */
async function allowedAllBut(name: string, document: PolicyDocument) {
  const policies = ["access-everything", await byHand.policy(name, document)];
  return clientOf(await byHand.user(name, policies));
}

it("everything that is denied is in the table, and the other way round", () => {
  expect([...new Set(never.map(([, { action }]) => action))].sort()).toEqual([...NEVER].sort());
});

describe.each(Object.entries(identities))("%s, even with everything allowed besides", (name, access) => {
  it("is refused what changes a bucket or destroys a version", async () => {
    const client = await allowedAllBut(`access-${name}`, policyFor(access));
    const asked = never.flatMap(([title, request]) => targets.map((target) => ({ title, request, target })));
    const answers = asked.map(async ({ title, request, target: { Bucket, Key, VersionId } }) => [
      `${title} on ${Bucket}/${Key}`,
      await answer(request.send(client, { Bucket, Key, VersionId })),
    ]);
    const denied = (await Promise.all(answers)).filter(([, code]) => code !== "AccessDenied");
    expect(denied).toEqual([]);
  });
});

describe("the action of the table", { concurrent: true }, () => {
  it.each(requests)("is the one that counts: %s is refused to whom it alone is denied", async (title, request) => {
    const { Statement } = policyFor({});
    const denied = [request.action, ...(request.or ? [request.or] : [])];
    const only = Statement.map((statement) => ({ ...statement, Action: denied }));
    const name = `access-${title.toLowerCase().replaceAll(" ", "-")}`;
    const client = await allowedAllBut(name, { Version: "2012-10-17", Statement: only });
    expect(await answer(request.send(client, targets[0]!))).toBe(refusal(request, "AccessDenied"));
  });
});

it("without a deny nothing is refused, so that a refusal elsewhere is one of rights", async () => {
  const client = clientOf(await byHand.user("access-unbound", ["access-everything"]));
  const answers: Record<string, string> = {};
  for (const [name, { send }] of requests) answers[name] = await answer(send(client, plaything));
  expect(answers).toEqual(Object.fromEntries(requests.map(([name, request]) => [name, request.answer ?? "done"])));
});
