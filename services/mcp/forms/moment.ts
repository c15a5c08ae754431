import { Problem, quoted } from "../problem";
import { monthOf, type Unit, unitOf } from "./words";
import { type Clock, clockAt, momentOf } from "./zone";

/** From its first moment up to, and without, the moment after its last. */
export interface Span {
  readonly from: Date;
  readonly until: Date;
}

export const TIME_FORMS =
  '"2026-05-01", "1 mei 2026", "May 2026", "2026", "week 23 2026", "yesterday", "last 7 days", "vorige maand", "2026-05-01 to 2026-05-31", "since 1 May 2026", "t/m 31-05-2026"';

const between = (from: Clock, until: Clock): Span => ({ from: momentOf(from), until: momentOf(until) });
const year = (y: number) => between([y, 1, 1], [y + 1, 1, 1]);
const month = (y: number, m: number) => between([y, m, 1], [y, m + 1, 1]);
const days = (y: number, m: number, d: number, count = 1) => between([y, m, d], [y, m, d + count]);

/** A day that there is: 31 April is none. */
function day(text: string, y: number, m: number, d: number): Span {
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) {
    throw new Problem(`there is no day ${quoted(text)}`, "look at the day and the month");
  }
  return days(y, m, d);
}

/** An ISO week: it begins on a Monday, and week 1 has the year's first Thursday. */
function week(text: string, y: number, number: number): Span {
  const fourth = new Date(Date.UTC(y, 0, 4));
  const monday = 4 - ((fourth.getUTCDay() + 6) % 7) + (number - 1) * 7;
  const thursday = new Date(Date.UTC(y, 0, monday + 3));
  if (number < 1 || thursday.getUTCFullYear() !== y) {
    throw new Problem(`there is no week ${quoted(text)}`, "a year has weeks 1 to 52 or 53");
  }
  return days(y, 1, monday, 7);
}

type Form = readonly [pattern: RegExp, read: (match: readonly string[], now: Required<Clock>) => Span | undefined];

const FORMS: readonly Form[] = [
  [/^(\d{4})$/, ([, y]) => year(Number(y))],
  [/^(\d{4})-(\d{1,2})$/, ([text, y, m]) => checkedMonth(text!, Number(y), Number(m))],
  [/^(\d{4})-(\d{1,2})-(\d{1,2})$/, ([text, y, m, d]) => day(text!, Number(y), Number(m), Number(d))],
  [/^(\d{1,2})[-.](\d{1,2})[-.](\d{4})$/, ([text, d, m, y]) => day(text!, Number(y), Number(m), Number(d))],
  [/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, ([text, a, b, y]) => slashes(text!, Number(a), Number(b), Number(y))],
  [/^(\d{1,2})(?:st|nd|rd|th|e)? ([a-z]+)\.? (\d{4})$/i, ([text, d, word, y]) => named(text!, word!, d, y!)],
  [/^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/i, ([text, word, d, y]) => named(text!, word!, d, y!)],
  [/^([a-z]+)\.? (\d{4})$/i, ([text, word, y]) => named(text!, word!, undefined, y!)],
  [/^week (\d{1,2})(?:,? (?:van |of )?(\d{4}))?$/i, ([text, w, y], [now]) => week(text!, Number(y ?? now), Number(w))],
  [/^(\d{4})-?w(\d{1,2})$/i, ([text, y, w]) => week(text!, Number(y), Number(w))],
  [/^(?:today|vandaag)$/i, (_, [y, m, d]) => days(y, m, d)],
  [/^(?:yesterday|gisteren)$/i, (_, [y, m, d]) => days(y, m, d - 1)],
  [/^(?:this|deze|dit) ([a-z]+)$/i, ([, word], now) => whole(word!, 0, now)],
  [/^(?:last|previous|vorige|vorig|afgelopen) ([a-z]+)$/i, ([, word], now) => whole(word!, -1, now)],
  [
    /^(?:the )?(?:last|past|previous|laatste|afgelopen|vorige|de laatste|de afgelopen) (\d{1,4}) ([a-z]+)$/i,
    ([, count, word], now) => upToToday(word!, Number(count), now),
  ],
];

function checkedMonth(text: string, y: number, m: number): Span {
  if (m < 1 || m > 12) throw new Problem(`there is no month ${quoted(text)}`, "months are 01 to 12");
  return month(y, m);
}

/** With slashes, one of the numbers must be a day for sure: 5/6/2026 is two different days. */
function slashes(text: string, a: number, b: number, y: number): Span {
  if (a <= 12 && b <= 12 && a !== b) {
    throw new Problem(`${quoted(text)} can be two days`, "write year, month and day, such as 2026-06-05");
  }
  return a > 12 || a === b ? day(text, y, b, a) : day(text, y, a, b);
}

function named(text: string, word: string, d: string | undefined, y: string): Span | undefined {
  const m = monthOf(word);
  if (m === undefined) return undefined;
  return d === undefined ? month(Number(y), m) : day(text, Number(y), m, Number(d));
}

/** This day, week, month or year (`shift` 0), or the one before it (-1). */
function whole(word: string, shift: number, [y, m, d]: Required<Clock>): Span | undefined {
  const weekday = (new Date(Date.UTC(y, m - 1, d)).getUTCDay() + 6) % 7;
  const spans: Record<Unit, () => Span> = {
    day: () => days(y, m, d + shift),
    week: () => days(y, m, d - weekday + 7 * shift, 7),
    month: () => month(y, m + shift),
    year: () => year(y + shift),
  };
  const unit = unitOf(word);
  return unit && spans[unit]();
}

/** The last so many days, weeks, months or years, with today. */
function upToToday(word: string, count: number, [y, m, d]: Required<Clock>): Span | undefined {
  const starts: Record<Unit, Clock> = {
    day: [y, m, d - count + 1],
    week: [y, m, d - 7 * count + 1],
    month: [y, m - count, d + 1],
    year: [y - count, m, d + 1],
  };
  const unit = unitOf(word);
  return unit && count > 0 ? between(starts[unit], [y, m, d + 1]) : undefined;
}

const EXACT = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** A moment of the day is as long as it is exact: a minute, a second or a thousandth. Without a zone it is Dutch time. */
function exact(text: string): Span | undefined {
  const match = EXACT.exec(text);
  if (!match) return undefined;
  const [, y, m, d, hour, minute, second, fraction, zone] = match;
  const [h, mi, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  day(text.slice(0, 10), Number(y), Number(m), Number(d));
  if (h > 23 || mi > 59 || s > 59)
    throw new Problem(`there is no time ${quoted(text)}`, "hours are 00 to 23, minutes and seconds 00 to 59");
  const base = zone
    ? new Date(
        `${y}-${m}-${d}T${hour}:${minute}:${second ?? "00"}${zone.toUpperCase().replace(/(\d{2})(\d{2})$/, "$1:$2")}`,
      )
    : momentOf([Number(y), Number(m), Number(d), h, mi, s]);
  const from = new Date(base.getTime() + Math.floor(Number(fraction ?? 0) * 1000));
  return { from, until: new Date(from.getTime() + (fraction ? 1 : second ? 1000 : 60_000)) };
}

/** Reads a moment, a day, a week, a month or a year in one of the forms that people type, in English or Dutch. Throws Problem. */
export function parseSpan(written: string, now: Date): Span {
  const text = written.trim().replace(/\s+/g, " ");
  const found = exact(text);
  if (found) return found;
  for (const [pattern, read] of FORMS) {
    const match = pattern.exec(text);
    const span = match && read(match, clockAt(now));
    if (span) return span;
  }
  throw new Problem(`time ${quoted(written)} is not understood`, `write it in one of these forms: ${TIME_FORMS}`);
}
