/** IAM policy documents: when two mean the same, and how MinIO prints them. */
import { isEmpty } from "../declared/schema";
import type { Json, JsonObject } from "../shared/values";

/** What is wrong with a policy's text, if anything. */
export function policyFlaw(value: Json): string | undefined {
  try {
    const parsed = JSON.parse(value as string);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return undefined;
  } catch (error) {
    return `must be a policy document in JSON: ${(error as Error).message}`;
  }
  return "must be a policy document in JSON: an object";
}

/**
 * Whether two documents allow and deny the same: a single value equals a list of it, and order does not count in statements, actions,
 * resources, principals and the values of conditions.
 */
export function samePolicy(old: Json, next: Json): boolean {
  if (typeof old !== "string" || typeof next !== "string") return old === next;
  try {
    return canonical(JSON.parse(old)) === canonical(JSON.parse(next));
  } catch {
    return old === next;
  }
}

const LISTS = ["Action", "NotAction", "Resource", "NotResource"];

function canonical(document: JsonObject): string {
  const statements = asList(document.Statement).map((statement) => {
    const result: JsonObject = {};
    for (const [key, value] of Object.entries(statement as JsonObject)) {
      if (isEmpty(value)) continue;
      if (LISTS.includes(key)) result[key] = sorted(value);
      else if (key === "Principal" || key === "NotPrincipal") result[key] = principal(value);
      else if (key === "Condition") result[key] = condition(value as JsonObject);
      else result[key] = value;
    }
    return stable(result);
  });
  return stable({
    Version: document.Version ?? "",
    Id: document.Id ?? document.ID ?? "",
    Statement: statements.sort(),
  });
}

function asList(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function sorted(value: Json): string[] {
  return [...new Set(asList(value).map(String))].sort();
}

/** `"*"` and `{"AWS": "*"}` are the same: everybody. */
function principal(value: Json): Json {
  const named = typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : { AWS: value };
  return Object.fromEntries(Object.entries(named).map(([kind, who]) => [kind, sorted(who)]));
}

function condition(value: JsonObject): Json {
  const operators = Object.entries(value).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys as JsonObject).map(([key, values]) => [key, sorted(values)])),
  ]);
  return Object.fromEntries(operators);
}

/** JSON with sorted keys. */
function stable(value: Json): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** A document as MinIO's administration API prints it, which is how the official plugin stores it. */
export function printed(policy: Json): string {
  return JSON.stringify(policy, null, 1);
}
