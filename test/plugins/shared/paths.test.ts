import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { differences, formatPath, getPath, type Path, parsePath, withPath } from "../../../plugins/shared/paths";
import { equal, type Properties, Secret, UNKNOWN } from "../../../plugins/shared/values";

// Properties take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const key = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => text !== "__proto__" && text !== "*");
const path: fc.Arbitrary<Path> = fc
  .tuple(key, fc.array(fc.oneof(key, fc.nat({ max: 99 })), { maxLength: 4 }))
  .map(([head, rest]) => [head, ...rest]);
const json = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), {
  maxKeys: 4,
  noNullPrototype: true,
}) as fc.Arbitrary<Properties>;

describe("property paths", () => {
  it("read back what they write", () => {
    fc.assert(
      fc.property(path, (parts) => {
        expect(parsePath(formatPath(parts))).toEqual(parts);
      }),
    );
  });

  it("are written as Pulumi shows them", () => {
    expect(formatPath(["spec", "ports", 0, "port"])).toBe("spec.ports[0].port");
    expect(formatPath(["metadata", "labels", "app.kubernetes.io/name"])).toBe(
      'metadata.labels["app.kubernetes.io/name"]',
    );
  });

  it("refuse text that is none", () => {
    expect(() => parsePath("spec[")).toThrow(/not a property path/);
  });

  it("find what was put there, and leave the rest alone", () => {
    const before = { spec: { list: [{ a: 1 }, { a: 2 }], other: true } };
    const after = withPath(before, ["spec", "list", 1, "a"], "new");
    expect(after).toEqual({ spec: { list: [{ a: 1 }, { a: "new" }], other: true } });
    expect(getPath(after, ["spec", "list", 1, "a"])).toBe("new");
    expect(withPath(before, ["spec", "other"], undefined)).toEqual({ spec: { list: [{ a: 1 }, { a: 2 }] } });
    expect(before.spec.other).toBe(true);
  });
});

describe("differences", () => {
  it("are none between equal objects, and some between others", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(differences(a, structuredClone(a))).toEqual([]);
        expect(differences(a, b).length === 0).toBe(equal(a, b));
      }),
    );
  });

  it("make the old object the new one when they are applied", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        // From the last to the first, so that removing from a list does not move what is still to be removed.
        const result = differences(a, b).reduceRight((object, { path: at }) => withPath(object, at, getPath(b, at)), a);
        expect(result).toEqual(b);
      }),
    );
  });

  it("name the kind at the smallest place that changed", () => {
    const olds = { labels: { a: "1", gone: "x" }, args: ["echo", "one"], same: { deep: [1] } };
    const news = { labels: { a: "1", new: "y" }, args: ["echo", "two", "three"], same: { deep: [1] } };
    expect(differences(olds, news)).toEqual([
      { path: ["args", 1], kind: "update" },
      { path: ["args", 2], kind: "add" },
      { path: ["labels", "gone"], kind: "delete" },
      { path: ["labels", "new"], kind: "add" },
    ]);
  });

  it("see through secrets, and take an unknown for a change", () => {
    expect(differences({ p: new Secret("x") }, { p: "x" })).toEqual([]);
    expect(differences({ p: new Secret("x") }, { p: new Secret("y") })).toEqual([{ path: ["p"], kind: "update" }]);
    expect(differences({ p: "x" }, { p: UNKNOWN, q: UNKNOWN })).toEqual([
      { path: ["p"], kind: "update" },
      { path: ["q"], kind: "add" },
    ]);
  });
});
