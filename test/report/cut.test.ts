import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { cut, type Piece } from "../../report/cut";

vi.setConfig({ testTimeout: 60_000 });

const notice = (shortened: number, left: number) => `[${shortened} shortened, ${left} left out]`;
const LONGEST_NOTICE = 60;

/** Pieces whose forms get shorter, each of characters of its own, so that it is known again. */
const pieces = fc
  .array(fc.record({ lengths: fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 4 }), importance: fc.nat(3) }), {
    maxLength: 12,
  })
  .map((all): Piece[] =>
    all.map(({ lengths, importance }, i) => {
      const forms = [...lengths]
        .sort((a, b) => b - a)
        .map((length) => String.fromCharCode(0x4e00 + i).repeat(length + 1));
      return { forms, importance };
    }),
  );

/** The form in which a piece stands in a text, undefined where it is left out. */
const formIn = (text: string, i: number) =>
  text.split("").filter((char) => char === String.fromCharCode(0x4e00 + i)).length;

describe("a text that must fit", () => {
  test("is never longer than the limit", () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: LONGEST_NOTICE, max: 800 }), (given, limit) => {
        expect(cut(given, limit, notice).length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test("is whole where there is room", () => {
    fc.assert(
      fc.property(pieces, (given) => {
        const whole = given.map(({ forms }) => forms[0]).join("");
        expect(cut(given, whole.length, notice)).toBe(whole);
      }),
    );
  });

  test("loses what matters less before anything that matters more is shortened", () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: LONGEST_NOTICE, max: 800 }), (given, limit) => {
        const text = cut(given, limit, notice);
        const shortened = given.filter((piece, i) => formIn(text, i) < piece.forms[0]!.length);
        const most = Math.max(-1, ...shortened.map(({ importance }) => importance));
        given.forEach((piece, i) => {
          if (piece.importance < most) expect(formIn(text, i)).toBe(0);
        });
      }),
    );
  });

  test("keeps the order, shows whole forms only, and counts what is missing", () => {
    fc.assert(
      fc.property(pieces, fc.integer({ min: LONGEST_NOTICE, max: 800 }), (given, limit) => {
        const text = cut(given, limit, notice);
        const lengths = given.map((_, i) => formIn(text, i));
        given.forEach(({ forms }, i) => {
          expect([0, ...forms.map((form) => form.length)]).toContain(lengths[i]);
        });
        const shown = given.map((_, i) => String.fromCharCode(0x4e00 + i).repeat(lengths[i] as number)).join("");
        expect(text.startsWith(shown)).toBe(true);
        const left = lengths.filter((length) => length === 0).length;
        const short = given.filter(({ forms }, i) => lengths[i] !== 0 && lengths[i] !== forms[0]!.length).length;
        expect(text.slice(shown.length)).toBe(left + short > 0 ? notice(short, left) : "");
      }),
    );
  });
});
