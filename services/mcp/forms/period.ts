import { Problem, quoted } from "../problem";
import { parseSpan } from "./moment";

/** From one moment up to, and without, another; without one of them that side is open. */
export interface Period {
  readonly from?: Date;
  readonly until?: Date;
}

const SINCE = /^(?:since|from|after|sinds|vanaf|na)\s+/i;
const BEFORE = /^(?:before|v[oó][oó]r)\s+/i;
const UP_TO = /^(?:until|up to|till|to|tot en met|tot|t\/m)\s+/i;
const LEAD = /^(?:from|between|van|tussen)\s+/i;
/** A slash only between whole days or moments: ISO 8601's interval, not 5/6/2026. */
const TO =
  /\s+(?:to|until|till|through|and|tot en met|t\/m|tot|en|-|–|—)\s+|\s*(?:\.\.|–|—)\s*|(?<=\d{4}-\d{2}-\d{2}\S*)\s*\/\s*(?=\d{4}-)/i;

/** Reads a period in one of the forms that people type; the end that is named belongs to it, except after "before". Throws Problem. */
export function parsePeriod(written: string, now: Date): Period {
  const text = written.trim();
  if (BEFORE.test(text)) return { until: parseSpan(text.replace(BEFORE, ""), now).from };
  if (UP_TO.test(text)) return { until: parseSpan(text.replace(UP_TO, ""), now).until };
  const ends = text.replace(LEAD, "").split(TO);
  if (ends.length === 2) return range(text, ends as [string, string], now);
  if (SINCE.test(text)) return { from: parseSpan(text.replace(SINCE, ""), now).from };
  return parseSpan(text, now);
}

function range(text: string, [first, last]: [string, string], now: Date): Period {
  // "1 t/m 5 mei 2026": the first end is told by the last one's month and year.
  const rest = /^\d{1,2}$/.test(first)
    ? /^\d{1,2}(.*)$/.exec(last)?.[1]
    : /^[a-z]+$/i.test(first)
      ? / \d{4}$/.exec(last)?.[0]
      : "";
  const [start, end] = [parseSpan(first + (rest ?? ""), now), parseSpan(last, now)];
  if (start.from < end.until) return { from: start.from, until: end.until };
  throw new Problem(`period ${quoted(text)} ends before it begins`, "write the earlier time first");
}

/** The period as STAC and OGC API Features take it: both ends belong to it, `..` is an open one. */
export function intervalOf({ from, until }: Period): string {
  const last = until && new Date(until.getTime() - 1);
  return `${from?.toISOString() ?? ".."}/${last?.toISOString() ?? ".."}`;
}
