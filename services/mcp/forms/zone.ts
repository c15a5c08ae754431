/** Whose clock people mean when they say a day. */
export const ZONE = "Europe/Amsterdam";

const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  hourCycle: "h23",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
});

/** Year, month (1 to 12), day, hour, minute, second on that clock. */
export type Clock = readonly [
  year: number,
  month: number,
  day: number,
  hour?: number,
  minute?: number,
  second?: number,
];

/** What the clock shows at a moment. */
export function clockAt(moment: Date): Required<Clock> {
  const shown = Object.fromEntries(parts.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  return [shown.year!, shown.month!, shown.day!, shown.hour!, shown.minute!, shown.second!];
}

const asUtc = ([year, month, day, hour = 0, minute = 0, second = 0]: Clock): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/** The moment at which the clock shows this; months and days beyond a month's or a year's end run on into the next. */
export function momentOf(clock: Clock): Date {
  const wanted = asUtc(clock);
  const offset = (at: number) => asUtc(clockAt(new Date(at))) - at;
  // The offset at the moment itself, which may be another one than that of the same numbers in UTC.
  return new Date(wanted - offset(wanted - offset(wanted)));
}
