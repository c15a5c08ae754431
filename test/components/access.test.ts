import { describe, expect, test } from "vitest";
import { type Access, NEVER, pipelineUser, policyFor, serviceAccounts, users } from "../../components/access";
import { nothingForAnonymous, type PolicyDocument } from "../../components/bucket-policy";
import { bucketNames } from "../../components/names";

const everybody: Record<string, Access> = { ...users, ...serviceAccounts };
const documents = Object.entries({ ...everybody, pipeline: pipelineUser }).map(
  ([name, access]) => [name, policyFor(access)] as const,
);

function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`).test(text);
}

/** Whether a policy lets its holder do something; a deny wins. */
function allows(document: PolicyDocument, action: string, resource: string): boolean {
  const effects = document.Statement.filter(
    (statement) =>
      statement.Action.some((pattern) => matches(pattern, action)) &&
      statement.Resource.some((pattern) => matches(pattern, resource)),
  ).map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

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

  test("denies what changes a bucket or destroys a version, whatever else it allows", () => {
    const { Statement } = document;
    const everything = { Sid: "x", Effect: "Allow" as const, Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] };
    for (const action of NEVER) {
      for (const bucket of bucketNames) {
        const widened = { ...document, Statement: [...Statement, everything] };
        expect(allows(widened, action, `arn:aws:s3:::${bucket}`), action).toBe(false);
        expect(allows(widened, action, `arn:aws:s3:::${bucket}/x/y`), action).toBe(false);
      }
    }
  });
});

/** Who may put an object, among users and service accounts. */
function writers(bucket: string, key: string): string[] {
  return Object.keys(everybody).filter((name) =>
    allows(policyFor(everybody[name]!), "s3:PutObject", `arn:aws:s3:::${bucket}/${key}`),
  );
}

test("each bucket has exactly the writers that it should", () => {
  expect(writers("drone-ortho", "p/f/p-merged.geotiff")).toEqual(["pipeline-stitch"]);
  expect(writers("ai-results", "p/f/result.json")).toEqual(["pipeline-detect"]);
  expect(writers("ai-models", "m/model.onnx")).toEqual(["data-scientist"]);
  expect(writers("drone-raw", "projects/p/f/a.jpg")).toEqual(["drone-operator"]);
  expect(writers("drone-raw", "projects/p/f/flight.json")).toEqual(["drone-operator", "pipeline-reconcile"]);
  expect(writers("drone-raw", "elsewhere/a.jpg")).toEqual([]);
});

/** Which buckets' objects somebody may read. */
function readable(name: string): string[] {
  return bucketNames.filter((bucket) =>
    allows(policyFor(everybody[name]!), "s3:GetObject", `arn:aws:s3:::${bucket}/p/f/x`),
  );
}

test("a step of the pipelines reads what it works on, and no other bucket", () => {
  expect(readable("pipeline-stitch")).toEqual(["drone-raw", "drone-ortho"]);
  expect(readable("pipeline-detect")).toEqual(["drone-ortho", "ai-models"]);
});

test("stagiair and catalog read everything", () => {
  for (const name of ["stagiair", "catalog"] as const) {
    for (const bucket of bucketNames) {
      expect(allows(policyFor(users[name]), "s3:GetObjectVersion", `arn:aws:s3:::${bucket}/k`)).toBe(true);
      expect(allows(policyFor(users[name]), "s3:ListBucket", `arn:aws:s3:::${bucket}`)).toBe(true);
    }
  }
});

test("nobody may delete an object", () => {
  for (const [, document] of documents) {
    expect(allows(document, "s3:DeleteObject", "arn:aws:s3:::drone-raw/projects/p/f/a.jpg")).toBe(false);
  }
});

test("nobody may change how long an object is kept", () => {
  for (const [, document] of documents) {
    expect(allows(document, "s3:PutObjectRetention", "arn:aws:s3:::drone-raw/projects/p/f/a.jpg")).toBe(false);
  }
});

test("the user pipeline can do all that its service accounts can, or they could not do it either", () => {
  for (const account of Object.values(serviceAccounts)) {
    for (const { Effect, Action, Resource } of policyFor(account).Statement) {
      if (Effect === "Deny") continue;
      for (const action of Action) {
        for (const resource of Resource) {
          expect(allows(policyFor(pipelineUser), action, resource.replaceAll("*", "x")), `${action} ${resource}`).toBe(
            true,
          );
        }
      }
    }
  }
});

test("a bucket's own policy gives nothing to anybody", () => {
  for (const bucket of bucketNames) {
    const { Statement } = nothingForAnonymous(bucket);
    expect(Statement.map(({ Effect }) => Effect)).toEqual(["Deny"]);
    expect(Statement[0]!.Resource).toEqual([`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]);
  }
});
