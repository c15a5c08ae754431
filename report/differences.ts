/** What is different between the inputs of a resource before and after, place by place. */
import { isDeepStrictEqual } from "node:util";
import { formatPath, type Path, parsePath } from "../plugins/shared/paths";

export interface Difference {
  /** In Pulumi's notation; an item of a list of named things by its name. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly old: unknown;
  /** Undefined where there is nothing any more. */
  readonly next: unknown;
}

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON in a text, such as a policy's document. */
function embedded(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A list of things with names of their own as a tree by name: one that is put in front changes no other. */
function byName(list: readonly unknown[]): Tree | undefined {
  const names = list.map((item) => (isTree(item) ? item.name : undefined));
  const named = names.every((name) => typeof name === "string") && new Set(names).size === names.length;
  return named && list.length ? Object.fromEntries(list.map((item, i) => [names[i] as string, item])) : undefined;
}

export function differences(old: unknown, next: unknown, path: Path = []): Difference[] {
  const [a, b] = [embedded(old), embedded(next)];
  if (isDeepStrictEqual(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b)) {
    const [named, others] = [byName(a), byName(b)];
    if (named && others) return differences(named, others, path);
    // Of plain values only which ones are there tells something.
    if ([...a, ...b].every((item) => typeof item !== "object" || item === null)) {
      const left = (from: unknown[], others: unknown[]) => from.filter((item) => !others.includes(item));
      const [gone, come] = [left(a, b), left(b, a)];
      if (gone.length + come.length) return [{ path: formatPath(path), old: whole(gone), next: whole(come) }];
      return [{ path: formatPath(path), old: a, next: b }];
    }
    return Array.from({ length: Math.max(a.length, b.length) }).flatMap((_, i) =>
      differences(a[i], b[i], [...path, i]),
    );
  }
  if (isTree(a) && isTree(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => differences(a[key], b[key], [...path, key]));
  }
  return [{ path: formatPath(path), old: a, next: b }];
}

const whole = (items: unknown[]) => (items.length ? items : undefined);

/** A path of the engine's in the notation of `differences`: an item of a list of named things by its name. */
export function namedPath(path: string, old: unknown, next: unknown): string {
  let [a, b] = [old, next];
  const parts = parsePath(path).map((part) => {
    [a, b] = [embedded(a), embedded(b)];
    const lists = Array.isArray(a) && Array.isArray(b) ? [byName(a), byName(b)] : [];
    const item = (list: unknown) => (Array.isArray(list) ? list[Number(part)] : isTree(list) ? list[part] : undefined);
    const named = lists.every(isTree) && lists.length ? (item(b) ?? item(a)) : undefined;
    const key = isTree(named) ? String(named.name) : part;
    [a, b] = isTree(named) ? [lists[0]?.[key], lists[1]?.[key]] : [item(a), item(b)];
    return key;
  });
  return formatPath(parts);
}
