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
    return namespace === PROJECT && name ? [[name, withoutSecrets(value)]] : [];
  });
  return Object.fromEntries(own);
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === "secure") return ENCRYPTED;
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner)]));
}
