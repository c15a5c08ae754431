/** Property paths in Pulumi's notation (`spec.ports[0].port`, `metadata.labels["a.b/c"]`) and the differences between two objects. */
import { equal, isObject, type Properties, Secret, Unknown, type Value } from "./values";

export type Path = (string | number)[];
export type DiffKind = "add" | "delete" | "update";
export interface PropertyDifference {
  path: Path;
  kind: DiffKind;
}

const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (PLAIN_KEY.test(part)) text += text === "" ? part : `.${part}`;
    else text += `["${part.replace(/["\\]/g, "\\$&")}"]`;
  }
  return text;
}

/** The inverse of `formatPath`; also takes `*` as a key. Throws on text that is no path. */
export function parsePath(text: string): Path {
  const path: Path = [];
  const token = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[\*\]/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw new Error(`"${text}" is not a property path`);
    if (match[1] !== undefined) path.push(match[1]);
    else if (match[2] !== undefined) path.push(Number(match[2]));
    else if (match[3] !== undefined) path.push(match[3].replace(/\\(.)/g, "$1"));
    else path.push("*");
  }
  return path;
}

/** The value at a path, secrets on the way opened; `undefined` where nothing is. */
export function getPath(value: Value | undefined, path: Path): Value | undefined {
  let here = value;
  for (const part of path) {
    if (here instanceof Secret) here = here.value;
    if (Array.isArray(here)) here = typeof part === "number" ? here[part] : undefined;
    else if (isObject(here)) here = here[String(part)];
    else return undefined;
  }
  return here;
}

/** A copy of `value` in which `path` holds `item` (or nothing, for `undefined`); missing objects on the way are made. */
export function withPath(value: Properties, path: Path, item: Value | undefined): Properties {
  return set(value, path, item) as Properties;
}

function set(value: Value | undefined, path: Path, item: Value | undefined): Value | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return item;
  if (value instanceof Secret) return new Secret(set(value.value, path, item) ?? null);
  if (typeof head === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    const next = set(list[head], rest, item);
    if (next === undefined) list.splice(head, 1);
    else list[head] = next;
    return list;
  }
  const object: Properties = isObject(value) ? { ...value } : {};
  const next = set(object[head], rest, item);
  if (next === undefined) delete object[head];
  else object[head] = next;
  return object;
}

/**
 * What changed from `olds` to `news`, leaf by leaf in the order of the keys. Objects and lists are walked; a list is compared by
 * position. Secrets are compared by content. An unknown new value is an update (an add where nothing was).
 */
export function differences(olds: Properties, news: Properties): PropertyDifference[] {
  const found: PropertyDifference[] = [];
  walk([], olds, news, found);
  return found;
}

function walk(path: Path, old: Value | undefined, next: Value | undefined, found: PropertyDifference[]): void {
  const a = old instanceof Secret ? old.value : old;
  const b = next instanceof Secret ? next.value : next;
  if (equal(a, b) && !(b instanceof Unknown)) return;
  if (a === undefined) found.push({ path, kind: "add" });
  else if (b === undefined) found.push({ path, kind: "delete" });
  else if (isObject(a) && isObject(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort())
      walk([...path, key], a[key], b[key], found);
  } else if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) walk([...path, i], a[i], b[i], found);
  } else found.push({ path, kind: "update" });
}

/** Whether `path` lies at or under `pattern`, in which the part `*` stands for any key or index. */
export function underPattern(path: Path, pattern: Path): boolean {
  return pattern.length <= path.length && pattern.every((part, i) => part === "*" || String(part) === String(path[i]));
}
