import { NODE_AGENT_NAMESPACES } from "../settings";
import type { Resource } from "./resource";
import { at, entries, entry, list, text, UNKNOWN } from "./values";

/** Kind of a Kubernetes object, undefined for any other resource. */
export function kindOf({ type }: Resource): string | undefined {
  return type.startsWith("kubernetes:") ? type.split(":").at(-1) : undefined;
}

/** All objects of some kinds. */
export function ofKind(resources: readonly Resource[], ...kinds: string[]): Resource[] {
  return resources.filter((resource) => kinds.includes(kindOf(resource) ?? ""));
}

/** The object's own name: text, unknown or missing. */
export function objectName(resource: Resource): unknown {
  return at(resource.props, "metadata.name");
}

/** The object's namespace: text, unknown or missing. */
export function namespaceOf(resource: Resource): unknown {
  return at(resource.props, "metadata.namespace");
}

/** Whether it makes devices of nodes known, or is the namespace of what does. */
export function isNodeAgent(resource: Resource): boolean {
  const name = kindOf(resource) === "Namespace" ? objectName(resource) : namespaceOf(resource);
  return name === UNKNOWN || NODE_AGENT_NAMESPACES.includes(text(name) ?? "");
}

/** Whether both may be the same: what is unknown may be anything. */
export function mayEqual(a: unknown, b: unknown): boolean {
  return a === UNKNOWN || b === UNKNOWN || a === b;
}

/**
 * Whether a LabelSelector selects a set of labels, as far as both are known: what is unknown is taken to match. A missing
 * selector selects nothing, an empty one everything.
 */
export function selects(selector: unknown, labels: unknown): boolean {
  if (selector === UNKNOWN || labels === UNKNOWN) return true;
  if (selector === undefined || selector === null) return false;
  const value = (key: string) => entry(labels, key);
  const byLabels = entries(at(selector, "matchLabels")).every(([key, wanted]) => mayEqual(value(key), wanted));
  return byLabels && list(at(selector, "matchExpressions")).every((term) => holds(term, value));
}

function holds(term: unknown, value: (key: string) => unknown): boolean {
  const found = value(text(at(term, "key")) ?? "");
  if (term === UNKNOWN || found === UNKNOWN) return true;
  const among = list(at(term, "values")).some((wanted) => mayEqual(wanted, found));
  switch (at(term, "operator")) {
    case "In":
      return among;
    case "NotIn":
      return !among;
    case "Exists":
      return found !== undefined;
    case "DoesNotExist":
      return found === undefined;
    default:
      return true;
  }
}
