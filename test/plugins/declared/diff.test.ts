import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { declaredDifferences } from "../../../plugins/declared/diff";
import type { Schema } from "../../../plugins/declared/schema";
import { formatPath } from "../../../plugins/shared/paths";
import { type Properties, Secret, UNKNOWN } from "../../../plugins/shared/values";

const schema: Schema = {
  name: { type: "string", computed: true, replace: true },
  quota: { type: "integer" },
  flag: { type: "boolean", default: false },
  limit: { type: "integer", default: -1 },
  secret: { type: "string", secret: true },
  status: { type: "string", output: true },
  policy: { type: "string", same: (a, b) => String(a).toLowerCase() === String(b).toLowerCase() },
  users: { type: "set", of: { type: "string" } },
  versioning: { type: "object", fields: { status: { type: "string" }, folders: { type: "boolean" } } },
  rules: {
    type: "list",
    of: {
      type: "object",
      fields: { id: { type: "string" }, days: { type: "integer" }, state: { type: "string", output: true } },
    },
  },
};
const diff = (olds: Properties, news: Properties) =>
  Object.fromEntries(
    declaredDifferences(schema, { limit: -1, ...olds }, news).map(({ path, kind }) => [formatPath(path), kind]),
  );

describe("declaredDifferences", () => {
  it("tells an absent value from a changed one", () => {
    expect(diff({ quota: null }, { quota: 5 })).toEqual({ quota: "add" });
    expect(diff({ quota: 5 }, { quota: 6 })).toEqual({ quota: "update" });
    expect(diff({ quota: 5 }, {})).toEqual({ quota: "delete" });
  });

  it("compares with the default where nothing is asked for, so that a change by hand shows", () => {
    expect(diff({ flag: true, limit: -1 }, {})).toEqual({ flag: "update" });
    expect(diff({ flag: false, limit: 3 }, {})).toEqual({ limit: "update" });
  });

  it("leaves alone what the server chooses", () => {
    expect(diff({ name: "made-up", status: "on" }, {})).toEqual({});
    expect(diff({ name: "made-up" }, { name: "mine" })).toEqual({ name: "update" });
  });

  it("names the field in an object and the position in a list", () => {
    expect(
      diff({ versioning: { status: "Enabled", folders: false } }, { versioning: { status: "Suspended" } }),
    ).toEqual({
      "versioning.status": "update",
    });
    expect(diff({ rules: [{ id: "a", days: 30, state: "Enabled" }] }, { rules: [{ id: "a", days: 10 }] })).toEqual({
      "rules[0].days": "update",
    });
  });

  it("does not count the order of a set", () => {
    expect(diff({ users: ["a", "b"] }, { users: ["b", "a"] })).toEqual({});
    expect(diff({ users: ["a", "b"] }, { users: ["b"] })).toEqual({ "users[0]": "delete" });
    expect(diff({ users: ["b"] }, { users: ["a", "b"] })).toEqual({ "users[0]": "add" });
    expect(diff({ users: ["a"] }, { users: ["c"] })).toEqual({ "users[0]": "update" });
  });

  it("speaks of a whole list when there was or will be nothing in it", () => {
    expect(diff({ rules: [] }, { rules: [{ id: "a" }] })).toEqual({ rules: "add" });
    expect(diff({ rules: [{ id: "a" }] }, { rules: [] })).toEqual({ rules: "delete" });
    expect(diff({ rules: [] }, {})).toEqual({});
  });

  it("takes values that mean the same as equal", () => {
    expect(diff({ policy: "ALLOW" }, { policy: "allow" })).toEqual({});
    expect(diff({ secret: "p" }, { secret: new Secret("p") })).toEqual({});
  });

  it("expects a change of what is not known yet", () => {
    expect(diff({ quota: 5, policy: "x" }, { quota: UNKNOWN, policy: new Secret(UNKNOWN) })).toEqual({
      quota: "update",
      policy: "update",
    });
  });

  it("finds nothing between an object and itself, whatever it holds", () => {
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
    const properties = fc.record({
      name: optional(fc.string()),
      quota: optional(fc.nat()),
      flag: fc.boolean(),
      limit: fc.integer(),
      users: optional(fc.uniqueArray(fc.string())),
      versioning: optional(fc.record({ status: optional(fc.string()), folders: optional(fc.boolean()) })),
      rules: optional(fc.array(fc.record({ id: fc.string(), days: optional(fc.nat()) }))),
    });
    fc.assert(
      fc.property(properties, (object) => {
        expect(diff(object, object)).toEqual({});
      }),
    );
  });
});
