/**
 * Resource types written down as tables of their properties, as the official providers do: what a property holds, whether it may be
 * given, what it is when it is not given, and whether a change of it replaces the object. Checks (check.ts) and diffs (diff.ts) follow
 * from the table; only the calls to the server are code (resource.ts).
 */
import type { Json, Value } from "../shared/values";

export interface Property {
  type: "string" | "integer" | "boolean" | "list" | "set" | "map" | "object";
  /** What a list, set or map holds. */
  of?: Property;
  /** What an object holds. */
  fields?: Schema;
  required?: boolean;
  /** The value when none is given. A property without one is absent then, which for the servers equals "", 0, false and empty. */
  default?: Json;
  /** When it is not given the server chooses, and a diff leaves it alone. */
  computed?: boolean;
  /** Only the server says it; giving it is an error. */
  output?: boolean;
  /** A change makes a new object. */
  replace?: boolean;
  /** A change is refused: neither in place nor by replacement is it safe. The text says what to do instead. */
  fixed?: string;
  /** Encrypted in the state. */
  secret?: boolean;
  /** In the official schema, but not done by this build: the reason, and what to do instead. */
  refused?: string;
  /** What is wrong with the value, if anything. */
  check?(value: Json): string | undefined;
  /** Whether two values mean the same to the server; default: they are equal. */
  same?(old: Json, next: Json): boolean;
}

export type Schema = Record<string, Property>;

/** Whether the servers cannot tell the value from an absent one. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value.constructor === Object && Object.keys(value).length === 0;
}

/** The properties that a program may give, for messages. */
export function inputNames(schema: Schema): string[] {
  return Object.keys(schema).filter((name) => !schema[name]?.output && !schema[name]?.refused);
}

/** A check that the value is one of these. */
export function oneOf(...allowed: string[]): (value: Json) => string | undefined {
  return (value) => (allowed.includes(value as string) ? undefined : `must be one of ${allowed.join(", ")}`);
}

/** A check that a number is not below `least`. */
export function atLeast(least: number): (value: Json) => string | undefined {
  return (value) => ((value as number) >= least ? undefined : `must be at least ${least}`);
}
