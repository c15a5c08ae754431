const MONTHS = [
  ["january", "januari", "jan"],
  ["february", "februari", "feb"],
  ["march", "maart", "mar", "mrt"],
  ["april", "apr"],
  ["may", "mei"],
  ["june", "juni", "jun"],
  ["july", "juli", "jul"],
  ["august", "augustus", "aug"],
  ["september", "sep", "sept"],
  ["october", "oktober", "oct", "okt"],
  ["november", "nov"],
  ["december", "dec"],
];

/** The month (1 to 12) that an English or Dutch word names. */
export function monthOf(word: string): number | undefined {
  const at = MONTHS.findIndex((names) => names.includes(word.toLowerCase()));
  return at < 0 ? undefined : at + 1;
}

export type Unit = "day" | "week" | "month" | "year";

const UNITS: Readonly<Record<Unit, RegExp>> = {
  day: /^(days?|dag|dagen)$/i,
  week: /^(weeks?|weken)$/i,
  month: /^(months?|maand|maanden)$/i,
  year: /^(years?|jaar|jaren)$/i,
};

/** The unit that an English or Dutch word names. */
export function unitOf(word: string): Unit | undefined {
  return (Object.keys(UNITS) as Unit[]).find((unit) => UNITS[unit].test(word));
}
