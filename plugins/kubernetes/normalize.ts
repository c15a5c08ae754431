/** One form for inputs that mean the same, so that they compare equal with what the server stores. */
import type { Path } from "../shared/paths";
import { isObject, type Properties, Unknown, type Value } from "../shared/values";
import { sameDuration, sameQuantity } from "./quantity";

/** Metadata that the server writes; a program that copies a live object would send it back. */
const READ_ONLY = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** Inputs without read-only metadata, a Secret's `stringData` as `data`. Secret wrapping must be off, unknowns may be inside. */
export function normalize(inputs: Properties): Properties {
  const result = { ...inputs };
  if (isObject(result.metadata)) {
    result.metadata = Object.fromEntries(Object.entries(result.metadata).filter(([key]) => !READ_ONLY.includes(key)));
  }
  if (result.kind === "Secret" && result.apiVersion === "v1") encodeSecret(result);
  return result;
}

function encodeSecret(secret: Properties): void {
  const { stringData } = secret;
  if (stringData === undefined) return;
  delete secret.stringData;
  if (stringData instanceof Unknown) secret.data = stringData;
  else if (isObject(stringData)) {
    const encoded = Object.entries(stringData).map(([key, value]) => [key, encode(value)] as const);
    secret.data = { ...(isObject(secret.data) ? secret.data : {}), ...Object.fromEntries(encoded) };
  }
}

function encode(value: Value): Value {
  return typeof value === "string" ? Buffer.from(value, "utf8").toString("base64") : value;
}

/** Lists and objects in which the server keeps quantities. */
const QUANTITY_PARENTS = new Set([
  "limits",
  "requests",
  "capacity",
  "hard",
  "overhead",
  "allocatable",
  "max",
  "min",
  "default",
]);
const QUANTITY_KEYS = new Set(["sizeLimit", "divisor", "storage", "averageValue"]);

/** Whether two leaf values at `path` mean the same to the server. */
export function sameMeaning(path: Path, a: Value | undefined, b: Value | undefined): boolean {
  const scalar = (value: Value | undefined): value is string | number =>
    typeof value === "string" || typeof value === "number";
  if (!scalar(a) || !scalar(b)) return false;
  const [parent, key] = path.slice(-2).map(String);
  if ((QUANTITY_PARENTS.has(parent ?? "") || QUANTITY_KEYS.has(key ?? "")) && sameQuantity(a, b)) return true;
  // Webhooks of custom kinds write durations out (`1h0m0s`). Text that users chose (data, labels, env) is never one.
  if (path[0] !== "spec" || path.includes("env") || path.includes("args")) return false;
  return typeof a === "string" && typeof b === "string" && sameDuration(a, b);
}

/** Nulls stand for absent fields, as in Kubernetes' own patches. */
export function withoutNulls(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/**
 * The part of a live value whose fields the inputs name too, so that what the server filled in and what others added does not show as
 * a difference. Lists are matched by position; what goes beyond the inputs' list is left out, unless `isWhole` says of the list's path that it counts.
 */
export function prune(
  live: Value,
  inputs: Value,
  isWhole: (path: Path) => boolean = () => false,
  path: Path = [],
): Value {
  if (Array.isArray(live) && Array.isArray(inputs)) {
    // An empty list stands for none, which leaves it to others to fill (the rules of an aggregated ClusterRole).
    const longer = live.length > inputs.length && inputs.length > 0 && isWhole(path);
    const items = longer ? live : live.slice(0, inputs.length);
    return items.map((item, i) => (i < inputs.length ? prune(item, inputs[i] as Value, isWhole, [...path, i]) : item));
  }
  if (!isObject(live) || !isObject(inputs)) return live;
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => key in inputs)
      .map(([key, item]) => [key, prune(item, inputs[key] as Value, isWhole, [...path, key])]),
  );
}
