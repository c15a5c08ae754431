import * as fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, suggestion } from "../../config/suggest";

test("the distance is a metric", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test("suggests the nearest word, and none when all are far", () => {
  expect(suggestion("drive", ["drives", "nodes"])).toBe("drives");
  expect(suggestion("STORAGECLASS", ["storageClass", "storage"])).toBe("storageClass");
  expect(suggestion("colour", ["nodes", "drives"])).toBeUndefined();
});
