import { describe, expect, it } from "vitest";
import { checkInputs } from "../../../plugins/declared/check";
import { atLeast, oneOf, type Schema } from "../../../plugins/declared/schema";
import { Secret, UNKNOWN } from "../../../plugins/shared/values";

const schema: Schema = {
  name: { type: "string", required: true, check: (value) => (value === "bad" ? "must not be bad" : undefined) },
  size: { type: "integer", default: 7, check: atLeast(1) },
  flag: { type: "boolean", default: false },
  password: { type: "string", secret: true },
  status: { type: "string", output: true },
  old: { type: "string", refused: 'give "name"' },
  tags: { type: "map", of: { type: "string" } },
  rules: {
    type: "list",
    of: { type: "object", fields: { kind: { type: "string", required: true, check: oneOf("a", "b") } } },
  },
};
const options = { subject: "test:index:Thing", noteDefaults: true };
const reasons = (news: Parameters<typeof checkInputs>[1]) =>
  checkInputs(schema, news, options).failures.map((failure) => failure.reason);

describe("checkInputs", () => {
  it("fills in defaults, and notes those that a server could not guess", () => {
    const { inputs, failures } = checkInputs(schema, { name: "x" }, options);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ name: "x", size: 7, __defaults: ["size"] });
  });

  it("names the type, the property and what is supported when a property is unknown", () => {
    expect(reasons({ name: "x", colour: "red" })).toEqual([
      'test:index:Thing: "colour" is no property that this build supports; it supports name, size, flag, password, tags, rules',
    ]);
  });

  it("says why a property of the official schema is refused, and that an output cannot be set", () => {
    expect(reasons({ name: "x", old: "y", status: "on" })).toEqual([
      'test:index:Thing: "old" is not supported by this build: give "name"',
      'test:index:Thing: "status" is an output and cannot be set',
    ]);
  });

  it("collects every wrong value with its path", () => {
    expect(reasons({ name: "bad", size: 0, flag: "yes", tags: { a: 1 }, rules: [{ kind: "c" }, {}] })).toEqual([
      'test:index:Thing: "name" must not be bad',
      'test:index:Thing: "size" must be at least 1',
      'test:index:Thing: "flag" must be of type boolean',
      'test:index:Thing: "tags.a" must be of type string',
      'test:index:Thing: "rules[0].kind" must be one of a, b',
      'test:index:Thing: "rules[1].kind" is required and was not given',
    ]);
  });

  it("takes null as not given", () => {
    expect(reasons({ name: null })).toEqual(['test:index:Thing: "name" is required and was not given']);
  });

  it("lets unknown values pass, and still checks what stands beside them", () => {
    expect(reasons({ name: UNKNOWN, rules: [{ kind: UNKNOWN }, { kind: "c" }] })).toEqual([
      'test:index:Thing: "rules[1].kind" must be one of a, b',
    ]);
  });

  it("keeps secrets wrapped, wraps what the table calls secret, and looks inside", () => {
    const { inputs } = checkInputs(schema, { name: new Secret("x"), password: "p" }, options);
    expect(inputs.name).toEqual(new Secret("x"));
    expect(inputs.password).toEqual(new Secret("p"));
    expect(reasons({ name: new Secret("bad") })).toEqual(['test:index:Thing: "name" must not be bad']);
  });
});
