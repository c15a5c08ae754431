import { z } from "zod";
import { environmentSchema } from "./schema";

/** The part of JSON Schema that the config's schema is read by. */
export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** The schema of an environment's file, before defaults are filled in. */
export function inputSchema(): JsonSchema {
  return z.toJSONSchema(environmentSchema, { io: "input" }) as JsonSchema;
}

/** What a value may be: the schema itself, or each of its variants. */
export function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ?? schema.oneOf ?? [schema];
}

/** The value at a path, undefined where there is none. */
export function valueAt(raw: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], raw);
}

/** The keys that may stand at a path. Of several variants only the one counts that the value there chooses by its fixed keys. */
export function knownKeys(path: readonly string[], raw: unknown): string[] {
  let at: JsonSchema = inputSchema();
  for (const [i, key] of path.entries()) {
    const variants = chosen(at, valueAt(raw, path.slice(0, i)));
    at = variants.map((variant) => variant.properties?.[key] ?? variant.items).find(Boolean) ?? {};
  }
  return [...new Set(chosen(at, valueAt(raw, path)).flatMap((variant) => Object.keys(variant.properties ?? {})))];
}

function chosen(schema: JsonSchema, value: unknown): readonly JsonSchema[] {
  const variants = variantsOf(schema);
  const fits = (variant: JsonSchema) =>
    Object.entries(variant.properties ?? {}).every(
      ([key, { const: fixed }]) => fixed === undefined || valueAt(value, [key]) === fixed,
    );
  const fitting = variants.filter(fits);
  return fitting.length > 0 ? fitting : variants;
}

/** Every place of the schema where a key of this name (in any case) may stand, such as `pipelines.detect.gpus`. */
export function placesOf(name: string, schema: JsonSchema = inputSchema(), parent = ""): string[] {
  const places = variantsOf(schema).flatMap((variant) => [
    ...Object.entries(variant.properties ?? {}).flatMap(([key, value]) => [
      ...(key.toLowerCase() === name.toLowerCase() ? [parent + key] : []),
      ...placesOf(name, value, `${parent}${key}.`),
    ]),
    ...(variant.items ? placesOf(name, variant.items, `${parent}N.`) : []),
  ]);
  return [...new Set(places)];
}
