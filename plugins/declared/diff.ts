/**
 * What a change of inputs does to an object, in the shape in which the official bridged providers tell it: the object as it is (the
 * outputs of the state, which a refresh has read from the server) against the object that the inputs ask for.
 */
import type { Path, PropertyDifference } from "../shared/paths";
import {
  equal,
  hasUnknown,
  isObject,
  type Json,
  type Properties,
  Secret,
  Unknown,
  unwrap,
  type Value,
} from "../shared/values";
import { isEmpty, type Property, type Schema } from "./schema";

/** Differences in the order of the table. A set counts its elements, a list its positions. */
export function declaredDifferences(schema: Schema, olds: Properties, news: Properties): PropertyDifference[] {
  const found: PropertyDifference[] = [];
  compareObject(schema, olds, news, [], found);
  return found;
}

/** Whether a difference lies in a property whose change makes a new object. */
export function replacesObject(schema: Schema, difference: PropertyDifference): boolean {
  return schema[String(difference.path[0])]?.replace ?? false;
}

function compareObject(
  schema: Schema,
  olds: Properties,
  news: Properties,
  path: Path,
  found: PropertyDifference[],
): void {
  for (const [name, property] of Object.entries(schema)) {
    if (property.output || property.refused) continue;
    const next = news[name] ?? property.default;
    if (property.computed && (next === undefined || next === null)) continue;
    compare(property, olds[name], next, [...path, name], found);
  }
}

function compare(
  property: Property,
  a: Value | undefined,
  b: Value | undefined,
  path: Path,
  found: PropertyDifference[],
): void {
  const old = a instanceof Secret ? a.value : a;
  const next = b instanceof Secret ? b.value : b;
  if (next instanceof Unknown) found.push({ path, kind: old === undefined || old === null ? "add" : "update" });
  else if (old === undefined || old === null) {
    if (!isEmpty(next)) found.push({ path, kind: "add" });
  } else if (next === undefined || next === null) {
    if (!isEmpty(old)) found.push({ path, kind: "delete" });
  } else if (property.type === "object" && isObject(old) && isObject(next)) {
    compareObject(property.fields as Schema, old, next, path, found);
  } else if (property.type === "map" && isObject(old) && isObject(next)) {
    for (const key of [...new Set([...Object.keys(old), ...Object.keys(next)])].sort())
      compare(property.of as Property, old[key], next[key], [...path, key], found);
  } else if (Array.isArray(old) && Array.isArray(next)) {
    compareArrays(property, old, next, path, found);
  } else if (!same(property, old, next)) found.push({ path, kind: "update" });
}

function compareArrays(property: Property, old: Value[], next: Value[], path: Path, found: PropertyDifference[]): void {
  if (old.length === 0 && next.length === 0) return;
  // The official providers cannot tell an empty list from an absent one, and speak of the whole property then.
  if (old.length === 0) found.push({ path, kind: "add" });
  else if (next.length === 0) found.push({ path, kind: "delete" });
  else if (property.type === "set") {
    old.forEach((item, i) => {
      if (!next.some((other) => equal(item, other))) found.push({ path: [...path, i], kind: "delete" });
    });
    next.forEach((item, i) => {
      if (!old.some((other) => equal(item, other))) addToSet(found, [...path, i]);
    });
  } else {
    for (let i = 0; i < Math.max(old.length, next.length); i++)
      compare(property.of as Property, old[i], next[i], [...path, i], found);
  }
}

/** An element that leaves a place of a set to another one is one update. */
function addToSet(found: PropertyDifference[], path: Path): void {
  const place = found.find((difference) => String(difference.path) === String(path));
  if (place) place.kind = "update";
  else found.push({ path, kind: "add" });
}

function same(property: Property, old: Value, next: Value): boolean {
  if (equal(old, next)) return true;
  if (!property.same || hasUnknown(next)) return false;
  return property.same(unwrap(old) as Json, unwrap(next) as Json);
}
