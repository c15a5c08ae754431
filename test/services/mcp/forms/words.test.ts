import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readCursor, writeCursor } from "../../../../services/mcp/forms/cursor";
import { parseClass } from "../../../../services/mcp/forms/finding-class";
import { meant } from "../../../../services/mcp/forms/names";
import { parseSubject } from "../../../../services/mcp/forms/subject";
import { escapeInvisible } from "../../../../services/mcp/problem";

describe("a name", () => {
  it("means the one that is written exactly so, before others that differ in form alone", () => {
    expect(meant("dike-1", ["Dike 1", "dike-1"])).toEqual(["dike-1"]);
    expect(meant("DIKE 1", ["Dike-1", "dike_1", "dike 2"])).toEqual(["Dike-1", "dike_1"]);
    expect(meant("Beïnvloed", ["beinvloed"])).toEqual(["beinvloed"]);
    expect(meant("--", ["-", "x"])).toEqual([]);
  });
});

describe("a class", () => {
  it("is only one that a model finds", () => {
    expect(parseClass("muskrat trap", ["Muskusrat klem"])).toBe("Muskusrat klem");
    expect(() => parseClass("muskrat trap", ["Beschadiging oever"])).toThrow(/no model finds/);
  });
});

describe("a cursor", () => {
  const position = z.strictObject({ offset: z.number() });

  it("goes on where it was written, for its own search alone", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (query, offset) => {
        const cursor = writeCursor({ query }, { offset });
        expect(readCursor(cursor, { query }, position)).toEqual({ offset });
        expect(() => readCursor(cursor, { query, more: true }, position)).toThrow(/another search/);
      }),
    );
  });
});

describe("a subject", () => {
  it.each<[string, string | undefined, object]>([
    ["12", undefined, { kind: "finding", id: "12" }],
    ["finding:12", undefined, { kind: "finding", id: "12" }],
    ["Finding #12", undefined, { kind: "finding", id: "12" }],
    ["dike-2026-1-abc", undefined, { kind: "item", id: "dike-2026-1-abc" }],
    [
      "s3://drone-raw/a b/c.jpg",
      "v1",
      { kind: "object", address: { bucket: "drone-raw", key: "a b/c.jpg", versionId: "v1" } },
    ],
    [
      "s3://drone-raw/a.jpg?versionId=v2",
      undefined,
      { kind: "object", address: { bucket: "drone-raw", key: "a.jpg", versionId: "v2" } },
    ],
  ])("%s", (text, version, subject) => expect(parseSubject(text, version)).toEqual(subject));
});

describe("invisible characters", () => {
  it("are escapes that mean the same", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "grapheme" }), (value, text) => {
        const json = JSON.stringify({ value, text: `${text}\u202e\u{e0041}\u200b` });
        const escaped = escapeInvisible(json);
        expect(JSON.parse(escaped)).toEqual(JSON.parse(json));
        expect(escaped).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
