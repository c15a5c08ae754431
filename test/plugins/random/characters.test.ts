import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flaw, type Recipe, randomText } from "../../../plugins/random/characters";

const recipe: Recipe = {
  length: 12,
  ...{ upper: true, lower: true, numeric: true, special: true },
  ...{ minUpper: 0, minLower: 0, minNumeric: 0, minSpecial: 0 },
};
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

const recipes = fc
  .record({
    upper: fc.boolean(),
    lower: fc.boolean(),
    numeric: fc.boolean(),
    special: fc.boolean(),
    minUpper: fc.nat(5),
    minLower: fc.nat(5),
    minNumeric: fc.nat(5),
    minSpecial: fc.nat(5),
    length: fc.integer({ min: 1, max: 80 }),
  })
  .filter((one) => flaw(one) === undefined);

describe("randomText", () => {
  it("has the length, only the allowed classes, and the least number of each", () => {
    fc.assert(
      fc.property(recipes, (one) => {
        const text = randomText(one);
        expect(text).toHaveLength(one.length);
        const classes = [
          [one.upper, one.minUpper, /[A-Z]/g],
          [one.lower, one.minLower, /[a-z]/g],
          [one.numeric, one.minNumeric, /[0-9]/g],
          [one.special, one.minSpecial, /[^A-Za-z0-9]/g],
        ] as const;
        for (const [on, least, pattern] of classes) {
          if (on) expect(count(text, pattern)).toBeGreaterThanOrEqual(least);
          else expect(count(text, pattern)).toBe(0);
        }
      }),
    );
  });

  it("takes special characters from the given ones", () => {
    const one = { ...recipe, upper: false, lower: false, numeric: false, overrideSpecial: "-_" };
    expect(randomText(one)).toMatch(/^[-_]{12}$/);
  });

  it("does not put the minimums in front", () => {
    const one = { ...recipe, special: false, upper: false, length: 40, minNumeric: 20, minLower: 20 };
    const first = new Set(Array.from({ length: 40 }, () => /\d/.test(randomText(one).charAt(0))));
    expect(first.size).toBe(2);
  });

  it("differs each time", () => {
    expect(randomText({ ...recipe, length: 30 })).not.toBe(randomText({ ...recipe, length: 30 }));
  });
});

describe("flaw", () => {
  it("names a length below the sum of the minimums", () => {
    expect(flaw({ ...recipe, length: 3, minUpper: 2, minLower: 2 })).toEqual({
      property: "length",
      reason: '"length" is 3, less than the sum of the minimums, 4',
    });
  });

  it("names a recipe without any character", () => {
    const none = { ...recipe, upper: false, lower: false, numeric: false, special: false };
    expect(flaw(none)?.reason).toMatch(/no class of characters is on/);
  });
});
