import type { z } from "zod";
import { knownKeys, placesOf, valueAt } from "./json-schema";
import type { Problem } from "./rules/rule";
import { suggestion, unknownKey } from "./suggest";

/** The schema's names of types, in words. */
const TYPES: Record<string, string> = {
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  string: "text",
  object: "keys with values",
  array: "a list",
};

/** Most characters of a wrong value that are shown. */
const SHOWN = 80;

/** What the schema's issues mean to whoever wrote the values. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], raw: unknown): Problem[] {
  const unknown = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? unknownKeys(issue, raw) : []));
  const misspelt = new Set(unknown.map(({ meant }) => meant));
  return (
    issues
      .filter((issue) => issue.code !== "unrecognized_keys")
      .map((issue) => wrongValue(issue, raw))
      // A required key under another spelling is one fault, not two.
      .filter(({ path, message }) => !(misspelt.has(path) && message.startsWith("missing")))
      .concat(unknown.map(({ problem }) => problem))
  );
}

function unknownKeys(
  { keys, path: at }: z.core.$ZodIssueUnrecognizedKeys,
  raw: unknown,
): { problem: Problem; meant?: string }[] {
  const path = at.map(String);
  const parent = path.join(".");
  const known = knownKeys(path, raw);
  return keys.map((key) => {
    const near = suggestion(key, known);
    const [elsewhere, ...others] = near ? [] : placesOf(key);
    const problem =
      elsewhere && others.length === 0
        ? { path: [...path, key].join("."), message: `unknown key; did you mean ${elsewhere}?` }
        : unknownKey(parent, key, known);
    return { problem, meant: near && [...path, near].join(".") };
  });
}

function wrongValue(issue: z.core.$ZodIssue, raw: unknown): Problem {
  const path = issue.path.map(String);
  const value = valueAt(raw, path);
  const found = value === undefined ? "missing" : `found ${shown(value)}`;
  return { path: path.join("."), message: `${found}; ${allowedBy(issue, value)}` };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

function allowedBy(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_value":
      return oneOf(issue.values, value);
    case "invalid_union":
      return "options" in issue ? oneOf(issue.options as string[], value) : issue.message;
    case "too_small":
      return issue.inclusive === false
        ? `more than ${issue.minimum} is allowed`
        : `at least ${amount(issue.minimum, issue.origin)} is allowed`;
    case "too_big":
      return `at most ${amount(issue.maximum, issue.origin)} is allowed`;
    case "invalid_type":
      return /^Invalid input/.test(issue.message) ? expected(issue.expected, value) : issue.message;
    default:
      return issue.message;
  }
}

function oneOf(values: readonly unknown[], found: unknown): string {
  const near = typeof found === "string" && suggestion(found, values.map(String));
  const list = `allowed are ${values.map((value) => JSON.stringify(value)).join(", ")}`;
  return near ? `${list}; did you mean ${JSON.stringify(near)}?` : list;
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === "array") return `${limit} item${limit === 1 ? "" : "s"}`;
  return origin === "string" ? `${limit} character${limit === 1 ? "" : "s"}` : String(limit);
}

/** A type that was expected, and how to write the value where it is of that type but for its quotes. */
function expected(type: string, value: unknown): string {
  const wanted = `expected ${TYPES[type] ?? type}`;
  if (type === "string" && ["number", "boolean"].includes(typeof value)) {
    return `${wanted}: write it in quotes, ${JSON.stringify(String(value))}`;
  }
  const text = typeof value === "string" ? value.trim() : "";
  const bare = type === "boolean" ? /^(true|false)$/ : ["number", "int"].includes(type) ? /^-?\d+(\.\d+)?$/ : undefined;
  return bare?.test(text) ? `${wanted}: write it without quotes, ${text}` : wanted;
}
