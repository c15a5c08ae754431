/** Values that Kubernetes writes in another form than they were given: quantities (`1000m` is `1`) and Go durations (`1h` is `1h0m0s`). */

const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** The quantity as a number, or undefined if the value is none. */
export function parseQuantity(value: string | number): number | undefined {
  const match = QUANTITY.exec(String(value));
  if (!match) return undefined;
  const scale = match[3] === undefined ? (SUFFIXES[match[2] ?? ""] ?? 1) : 10 ** Number(match[3]);
  return Number(match[1]) * scale;
}

/** The duration in seconds, or undefined if the value is none. */
export function parseDuration(value: string): number | undefined {
  if (!DURATION.test(value)) return undefined;
  let seconds = 0;
  for (const [, number, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(number) * (SECONDS[unit ?? ""] ?? 0);
  }
  return seconds;
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

export function sameQuantity(a: string | number, b: string | number): boolean {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return x !== undefined && y !== undefined && close(x, y);
}

export function sameDuration(a: string, b: string): boolean {
  const [x, y] = [parseDuration(a), parseDuration(b)];
  return x !== undefined && y !== undefined && close(x, y);
}
