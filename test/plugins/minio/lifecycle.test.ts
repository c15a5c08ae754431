import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkInputs } from "../../../plugins/declared/check";
import { fromS3, lifecycle, type Rule, rulesFromS3, toS3 } from "../../../plugins/minio/lifecycle";

const date = fc.date({ min: new Date("2020-01-01"), max: new Date("2090-01-01"), noInvalidDate: true });
const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.string({ minLength: 1 }),
  expiration: fc.oneof(
    fc.constant(""),
    fc.constant("DeleteMarker"),
    fc.integer({ min: 1, max: 9999 }).map((days) => `${days}d`),
    date.map((day) => day.toISOString().slice(0, 10)),
  ),
  noncurrentVersionExpirationDays: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: null }),
  filter: fc.string(),
  tags: fc.option(fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { minKeys: 1, noNullPrototype: true }), {
    nil: null,
  }),
  status: fc.constant("Enabled"),
});

describe("a lifecycle rule", () => {
  it("comes back from S3 as it went there", () => {
    fc.assert(
      fc.property(rule, (one) => {
        expect(fromS3(toS3(one))).toEqual(one);
      }),
    );
  });

  it("that was disabled by hand counts as gone", () => {
    const one = toS3({ id: "a", expiration: "1d" });
    expect(rulesFromS3([one, { ...one, ID: "b", Status: "Disabled" }]).map(({ id }) => id)).toEqual(["a"]);
  });

  it("refuses an expiry that S3 would take for something else, and a status", () => {
    const check = (change: object) => {
      const news = { bucket: "b", rules: [{ id: "a", ...change }] };
      return checkInputs(lifecycle.schema, news, { subject: "IlmPolicy", noteDefaults: false }).failures.map(
        ({ reason }) => reason,
      );
    };
    expect(check({ expiration: "30d" })).toEqual([]);
    expect(check({ expiration: "30" })).toEqual([
      'IlmPolicy: "rules[0].expiration" must be days ("30d"), a date ("2030-01-31") or "DeleteMarker"',
    ]);
    expect(check({ status: "Disabled" })).toEqual(['IlmPolicy: "rules[0].status" is an output and cannot be set']);
  });
});
