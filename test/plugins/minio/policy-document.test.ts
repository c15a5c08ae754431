import { describe, expect, it } from "vitest";
import type { Actual } from "../../../plugins/declared/resource";
import { policyDocument } from "../../../plugins/minio/policy-document";

const { call } = policyDocument["minio:index/getIamPolicyDocument:getIamPolicyDocument"];
const json = (args: Actual) => JSON.parse(String(call({ version: "2012-10-17", ...args }).json));

describe("getIamPolicyDocument", () => {
  it("lays a document out as the official plugin does", () => {
    const statements = [{ sid: "a", effect: "Allow", actions: ["s3:GetObject"], resources: ["arn:aws:s3:::x/*"] }];
    expect(call({ version: "2012-10-17", statements }).json).toBe(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "a",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::x/*"
    }
  ]
}`);
  });

  it("keeps every condition", () => {
    const conditions = [
      { test: "StringLike", variable: "s3:prefix", values: ["b", "a"] },
      { test: "StringLike", variable: "aws:username", values: ["&{aws:username}"] },
      { test: "Bool", variable: "aws:SecureTransport", values: ["true"] },
    ];
    expect(json({ statements: [{ effect: "Allow", actions: ["s3:*"], conditions }] }).Statement[0].Condition).toEqual({
      StringLike: { "s3:prefix": ["a", "b"], "aws:username": ["${aws:username}"] },
      Bool: { "aws:SecureTransport": ["true"] },
    });
  });

  it("lets the overriding document replace statements of the same sid and keep the others", () => {
    const statements = [
      { sid: "a", effect: "Allow", actions: ["s3:GetObject"] },
      { sid: "b", effect: "Allow", actions: ["s3:PutObject"] },
    ];
    const overrideJson = JSON.stringify({ Statement: [{ Sid: "a", Effect: "Deny", Action: "s3:GetObject" }] });
    const { Statement } = json({ statements, overrideJson });
    expect(Statement.map((one: { Sid: string; Effect: string }) => `${one.Sid} ${one.Effect}`)).toEqual([
      "a Deny",
      "b Allow",
    ]);
  });

  it("refuses two statements of one sid and text that is no JSON", () => {
    const twice = [
      { sid: "a", effect: "Allow" },
      { sid: "a", effect: "Deny" },
    ];
    expect(() => json({ statements: twice })).toThrow('two statements have the sid "a"');
    expect(() => json({ sourceJson: "{" })).toThrow('"sourceJson" is no JSON');
  });
});
