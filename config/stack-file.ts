import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** The project, whose name stands before each of its keys. */
const PROJECT = "drone-data-lake";

/** Stands for a value that Pulumi keeps encrypted: nobody reads it here. */
const ENCRYPTED = "(encrypted)";

/**
 * The values of `Pulumi.<stack>.yaml` in a folder, by top-level key, without asking Pulumi.
 *
 * @throws Error that names the stacks there are, when this is none of them.
 */
export function readStackFile(folder: string, stack: string): Record<string, unknown> {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) {
    const stacks = readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    throw new Error(`there is no ${file}; stacks with a file there are: ${stacks.join(", ") || "none"}`);
  }
  const { config = {} } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
  const own = Object.entries(config).flatMap(([key, value]) => {
    const [namespace, name] = key.split(":", 2);
    if (namespace !== PROJECT || !name) return [];
    // Pulumi writes a plain value anew as text, `"false"`, and reads it as text either way.
    return [[name, typeof value === "object" ? withoutSecrets(value) : configValue(String(value))]];
  });
  return Object.fromEntries(own);
}

/** A value as Pulumi gives it: structured ones as JSON and plain ones as text. A version such as 1.0 stays text. */
export function configValue(text: string): unknown {
  if (!/^([[{]|true$|false$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what was expected instead.
    return text;
  }
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === "secure") return ENCRYPTED;
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner)]));
}
