import { describe, expect, test } from "vitest";
import { type Access, NEVER, pipelineUser, policyFor, serviceAccounts, users } from "../../components/access";
import { nothingForAnonymous } from "../../components/bucket-policy";
import { bucketNames } from "../../components/names";

const everybody: Record<string, Access> = { ...users, ...serviceAccounts };
const documents = Object.entries({ ...everybody, pipeline: pipelineUser }).map(
  ([name, access]) => [name, policyFor(access)] as const,
);

describe.each(documents)("the policy of %s", (_, document) => {
  test("names every action; none has a wildcard", () => {
    for (const { Action } of document.Statement) for (const action of Action) expect(action).toMatch(/^s3:[A-Za-z]+$/);
  });

  test("allows only on buckets of the lake, each by name", () => {
    const known = bucketNames.map((bucket) => `arn:aws:s3:::${bucket}`);
    for (const { Resource } of document.Statement) {
      for (const resource of Resource) expect(known).toContain(resource.split("/")[0]);
    }
  });

  test("denies what is never allowed on every bucket and object", () => {
    const denied = document.Statement.filter(({ Effect }) => Effect === "Deny");
    expect(denied.flatMap(({ Action }) => Action)).toEqual(NEVER);
    expect(denied[0]!.Resource).toEqual(
      bucketNames.flatMap((name) => [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]),
    );
  });
});

test("a bucket's own policy gives nothing to anybody", () => {
  for (const bucket of bucketNames) {
    const { Statement } = nothingForAnonymous(bucket);
    expect(Statement.map(({ Effect }) => Effect)).toEqual(["Deny"]);
    expect(Statement[0]!.Resource).toEqual([`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]);
  }
});
