import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literal, name, objectIn } from "../../../plugins/postgresql/sql";

const text = fc.string({ unit: "binary" }).filter((one) => !one.includes("\0"));

describe("name", () => {
  it("can be read back, whatever it holds", () => {
    fc.assert(
      fc.property(text, (one) => {
        const quoted = name(one);
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(one);
        expect(quoted.slice(1, -1).replaceAll('""', "")).not.toContain('"');
      }),
    );
  });
});

describe("literal", () => {
  it("never lets a quote end it early", () => {
    fc.assert(
      fc.property(text, (one) => {
        const quoted = literal(one);
        const inner = quoted.slice(quoted.indexOf("'") + 1, -1);
        expect(inner.replaceAll("''", "")).not.toContain("'");
        expect(quoted.startsWith("E'")).toBe(one.includes("\\"));
      }),
    );
  });

  it("refuses what PostgreSQL cannot store", () => {
    expect(() => literal("a\0b")).toThrow("zero byte");
  });
});

describe("objectIn", () => {
  it("quotes the names and leaves a function's types", () => {
    expect(objectIn("public", "area")).toBe('"public"."area"');
    expect(objectIn("public", "area(geometry, double precision)")).toBe('"public"."area"(geometry, double precision)');
  });

  it("takes anything else as a part of the name", () => {
    expect(objectIn("public", 'a"; drop table b; --')).toBe('"public"."a""; drop table b; --"');
    expect(objectIn("public", "f(); drop table b")).toBe('"public"."f(); drop table b"');
  });
});
