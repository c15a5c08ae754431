import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intervalOf, parsePeriod } from "../../../../services/mcp/forms/period";
import { clockAt, momentOf } from "../../../../services/mcp/forms/zone";

/** A Wednesday in summer time. */
const now = new Date("2026-06-10T10:00:00Z");
const day = (text: string) => intervalOf(parsePeriod(text, now));
const FIRST_OF_MAY = "2026-04-30T22:00:00.000Z/2026-05-01T21:59:59.999Z";
const WEEK_23 = "2026-05-31T22:00:00.000Z/2026-06-07T21:59:59.999Z";

describe("a period", () => {
  it.each([
    ["2026-05-01", FIRST_OF_MAY],
    ["01-05-2026", FIRST_OF_MAY],
    ["1.5.2026", FIRST_OF_MAY],
    ["1 mei 2026", FIRST_OF_MAY],
    ["1st May 2026", FIRST_OF_MAY],
    ["May 1, 2026", FIRST_OF_MAY],
    ["2026", "2025-12-31T23:00:00.000Z/2026-12-31T22:59:59.999Z"],
    ["mrt 2026", "2026-02-28T23:00:00.000Z/2026-03-31T21:59:59.999Z"],
    ["week 23", WEEK_23],
    ["2026-W23", WEEK_23],
    ["last week", WEEK_23],
    ["vorige week", WEEK_23],
    ["today", "2026-06-09T22:00:00.000Z/2026-06-10T21:59:59.999Z"],
    ["gisteren", "2026-06-08T22:00:00.000Z/2026-06-09T21:59:59.999Z"],
    ["afgelopen 7 dagen", "2026-06-03T22:00:00.000Z/2026-06-10T21:59:59.999Z"],
    ["13/05/2026", "2026-05-12T22:00:00.000Z/2026-05-13T21:59:59.999Z"],
    ["1 t/m 5 mei 2026", "2026-04-30T22:00:00.000Z/2026-05-05T21:59:59.999Z"],
    ["mei t/m juni 2026", "2026-04-30T22:00:00.000Z/2026-06-30T21:59:59.999Z"],
    ["van 1 mei 2026 tot en met 3 mei 2026", "2026-04-30T22:00:00.000Z/2026-05-03T21:59:59.999Z"],
    ["between May 2026 and June 2026", "2026-04-30T22:00:00.000Z/2026-06-30T21:59:59.999Z"],
    ["2026-05-01/2026-05-03", "2026-04-30T22:00:00.000Z/2026-05-03T21:59:59.999Z"],
    ["sinds 1 mei 2026", "2026-04-30T22:00:00.000Z/.."],
    ["vóór 1 mei 2026", "../2026-04-30T21:59:59.999Z"],
    ["tot en met 3 mei 2026", "../2026-05-03T21:59:59.999Z"],
    ["2026-05-01 12:00", "2026-05-01T10:00:00.000Z/2026-05-01T10:00:59.999Z"],
    ["2026-05-01T12:00:00+05:30", "2026-05-01T06:30:00.000Z/2026-05-01T06:30:00.999Z"],
    // Summer time begins at two in the night: that day has 23 hours.
    ["2026-03-29", "2026-03-28T23:00:00.000Z/2026-03-29T21:59:59.999Z"],
  ])("%s", (written, interval) => expect(day(written)).toBe(interval));

  it("of a day is the same in every form, in every year", () => {
    const months = "januari februari maart april mei juni juli augustus september oktober november december".split(" ");
    fc.assert(
      fc.property(
        fc.integer({ min: 2000, max: 2099 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        (y, m, d) => {
          const two = (number: number) => String(number).padStart(2, "0");
          const iso = `${y}-${two(m)}-${two(d)}`;
          for (const other of [`${two(d)}-${two(m)}-${y}`, `${d} ${months[m - 1]} ${y}`, `${iso}/${iso}`]) {
            expect(day(other)).toBe(day(iso));
          }
        },
      ),
    );
  });

  it.each([
    "05/06/2026",
    "31-04-2026",
    "2026-13",
    "week 60 2026",
    "soon",
    "2026-05-01 25:00",
    "",
    "2026-06-01 to 2026-05-01",
  ])("%j is refused with what to write", (written) =>
    expect(() => parsePeriod(written, now)).toThrow(expect.objectContaining({ name: "Problem" })),
  );
});

describe("the Dutch clock", () => {
  it("shows at a moment what that moment was made from, except in the hour that summer time leaves out", () => {
    const from = new Date("2000-01-01T00:00:00Z");
    fc.assert(
      fc.property(fc.date({ min: from, max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true }), (date) => {
        const clock = clockAt(date);
        expect(clockAt(momentOf(clock))).toEqual(clock);
      }),
    );
  });
});
