import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, searchPaths } from "../../../plugins/postgresql/role-reading";
import { name } from "../../../plugins/postgresql/sql";

describe("searchPaths", () => {
  it("reads the names back that were set", () => {
    const names = fc.array(fc.string({ minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(names, (paths) => {
        expect(searchPaths(paths.map(name).join(", "))).toEqual(paths);
      }),
    );
  });

  it("reads names that need no quotes", () => {
    expect(searchPaths('pgstac, "$user", public')).toEqual(["pgstac", "$user", "public"]);
    expect(searchPaths(undefined)).toBeNull();
  });
});

describe("milliseconds", () => {
  it("knows PostgreSQL's units", () => {
    expect(["0", "1500", "1500ms", "2s", "5min", "1h"].map(milliseconds)).toEqual([
      0, 1500, 1500, 2000, 300_000, 3_600_000,
    ]);
    expect(milliseconds(undefined)).toBe(0);
    expect(() => milliseconds("2 fortnights")).toThrow("no time that this build understands");
  });
});
