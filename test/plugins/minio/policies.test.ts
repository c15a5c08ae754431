import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyFlaw, samePolicy } from "../../../plugins/minio/policies";

const document = (statement: object | object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statement });

describe("samePolicy", () => {
  it("takes one value and a list of it as the same, and everybody in both notations", () => {
    const short = document({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::x/*" });
    const long = document([
      { Effect: "Allow", Principal: { AWS: ["*"] }, Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::x/*"], Sid: "" },
    ]);
    expect(samePolicy(short, long)).toBe(true);
  });

  it("does not count the order of statements, actions and keys", () => {
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: fc.uniqueArray(fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:ListBucket"), { minLength: 1 }),
      Resource: fc.uniqueArray(fc.constantFrom("arn:aws:s3:::a", "arn:aws:s3:::a/*"), { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (statements) => {
        const turned = [...statements].reverse().map(({ Effect, Action, Resource }) => ({
          Resource: [...Resource].reverse(),
          Action: [...Action].reverse(),
          Effect,
        }));
        expect(samePolicy(document(statements), document(turned))).toBe(true);
      }),
    );
  });

  it("tells a wider policy, another effect and another condition", () => {
    const narrow = { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::x/*"] };
    const differs = (change: object) => samePolicy(document([narrow]), document([{ ...narrow, ...change }]));
    expect(differs({ Action: ["s3:GetObject", "s3:PutObject"] })).toBe(false);
    expect(differs({ Effect: "Deny" })).toBe(false);
    expect(differs({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })).toBe(false);
    expect(differs({ Resource: "arn:aws:s3:::x/*" })).toBe(true);
  });

  it("takes text that is no policy as different from a policy", () => {
    expect(samePolicy("", document([]))).toBe(false);
    expect(samePolicy("", "")).toBe(true);
  });
});

describe("policyFlaw", () => {
  it("accepts objects only", () => {
    expect(policyFlaw("{}")).toBeUndefined();
    expect(policyFlaw("[]")).toMatch(/an object/);
    expect(policyFlaw("{")).toMatch(/in JSON/);
  });
});
