/** What an update would change: the live object's managed fields against the new inputs. */
import { differences, getPath, type Path, type PropertyDifference, underPattern } from "../shared/paths";
import { equal, isObject, type Properties, type Value } from "../shared/values";
import { prune, sameMeaning, withoutNulls } from "./normalize";
import type { KubeObject } from "./objects";

function isEmpty(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/**
 * Differences of `news` from the live state, in which fields count that `oldInputs` or `news` name. All three normalized, without
 * secret wrapping; only `news` may hold unknowns. `isWhole`: see `prune`.
 */
export function managedDifferences(
  live: KubeObject,
  oldInputs: Properties,
  news: Properties,
  isWhole?: (path: Path) => boolean,
): PropertyDifference[] {
  const before = withoutNulls(prune(live as Properties, oldInputs, isWhole)) as Properties;
  const after = withoutNulls(news) as Properties;
  // Another field of the same object may have given the name (generateName); what counts is what the object is called now.
  if (isObject(before.metadata) && isObject(after.metadata) && after.metadata.name !== undefined) {
    before.metadata.name = live.metadata.name ?? null;
  }
  return differences(before, after).filter(({ path, kind }) => {
    const next = getPath(after, path);
    if (kind === "update") return !sameMeaning(path, getPath(before, path), next);
    // The server drops empty objects and lists; unchanged ones in the program are no change.
    if (kind === "add" && isEmpty(next)) return !equal(getPath(withoutNulls(oldInputs), path), next);
    return true;
  });
}

/** Puts the namespace where the server puts it, so that a left-out one compares equal with the default. */
export function withNamespace<T extends { metadata?: unknown }>(object: T, namespaced: boolean): T {
  const { namespace, ...metadata } = (isObject(object.metadata) ? object.metadata : {}) as Properties;
  if (!namespaced) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace || "default" } };
}

/** Whether a path is at or under an ignored one. */
export function isIgnored(path: Path, ignored: Path[]): boolean {
  return ignored.some((pattern) => underPattern(path, pattern));
}
