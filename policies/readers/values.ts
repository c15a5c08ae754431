/** Stands for a value that only `up` will know: an output of a resource that is not there yet. */
export const UNKNOWN = Symbol("known at up only");

export type Values = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value at a dotted path, `undefined` where there is none. A part of the path that is unknown makes the value
 * unknown; it is never mistaken for a missing one.
 */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    if (inner === UNKNOWN) return UNKNOWN;
    if (Array.isArray(inner)) return inner[Number(key)];
    return isMap(inner) ? inner[key] : undefined;
  }, value);
}

/** The entry of a map under a key that may hold dots, such as a label's. */
export function entry(value: unknown, key: string): unknown {
  if (value === UNKNOWN) return UNKNOWN;
  return isMap(value) ? value[key] : undefined;
}

/** The items of a list; of anything else none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The entries of a map; of anything else none. */
export function entries(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value) : [];
}

/** The text, if the value is one and known. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The number, if the value is one and known. */
export function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Whether there certainly is no value. */
export function missing(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** Whether the value certainly is another than the one that is wanted; a missing one is. */
export function differs(value: unknown, wanted: unknown): boolean {
  return value !== UNKNOWN && value !== wanted;
}

/** Whether a list certainly does not have an item; a missing list has none. */
export function lacks(value: unknown, item: unknown): boolean {
  return value !== UNKNOWN && !list(value).some((found) => found === UNKNOWN || found === item);
}

/** Whether any part of a value is unknown. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isMap(value) && Object.values(value).some(hasUnknown);
}
