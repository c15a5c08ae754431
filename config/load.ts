import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { defaultImages } from "./images";
import { crossFieldProblems, type Problem } from "./rules";
import { type Environment, environmentSchema, type Images } from "./schema";
import { suggestion } from "./suggest";

/** Everything that is wrong with an environment's config, in one error. */
export class ConfigError extends Error {
  constructor(
    readonly where: string,
    readonly problems: readonly Problem[],
  ) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
    super(`${where} has ${problems.length} wrong value${problems.length === 1 ? "" : "s"}:\n${lines.join("\n")}`);
    this.name = "ConfigError";
  }
}

/**
 * Reads the stack's config, checks it and fills in the defaults.
 *
 * @throws ConfigError that lists every wrong path, what was found there and what is allowed.
 */
export function loadEnvironment(): Environment {
  const project = pulumi.getProject();
  const raw: Record<string, unknown> = {};
  for (const key of Object.keys(pulumi.runtime.allConfig())) {
    const [namespace, name] = key.split(":", 2);
    if (namespace === project && name) raw[name] = parsed(new pulumi.Config().require(name));
  }
  return checkEnvironment(raw, `Pulumi.${pulumi.getStack()}.yaml`);
}

/** Checks plain values against the schema and the rules between keys; `where` is named in the error. */
export function checkEnvironment(raw: Record<string, unknown>, where: string): Environment {
  const result = environmentSchema.safeParse(raw);
  if (!result.success)
    throw new ConfigError(
      where,
      result.error.issues.flatMap((issue) => explain(issue, raw)),
    );
  const images = { ...defaultImages(), ...result.data.images } as Images;
  const environment = { ...result.data, images };
  const problems = [...unknownImages(result.data.images), ...crossFieldProblems(environment)];
  if (problems.length > 0) throw new ConfigError(where, problems);
  return environment;
}

/** Pulumi gives structured values as JSON and plain ones as text; a version such as 1.0 stays text. */
function parsed(text: string): unknown {
  return /^([[{]|true$|false$)/.test(text) ? JSON.parse(text) : text;
}

const OWN_IMAGE_NAMES = ["minio", "postgis", "tasks", "shell", "pause", "coredns", "local-path-provisioner"];

function unknownImages(images: Record<string, string>): Problem[] {
  const known = [...Object.keys(defaultImages()), ...OWN_IMAGE_NAMES];
  return Object.keys(images)
    .filter((name) => !known.includes(name))
    .map((name) => unknownKey("images", name, known));
}

function explain(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(path.join("."), key, knownKeys(path)));
  }
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], raw);
  const message =
    value === undefined && issue.code === "invalid_type"
      ? `missing; ${issue.message.replace(/^Invalid input: /, "").replace(/, received undefined$/, "")}`
      : `found ${JSON.stringify(value)}; ${allowed(issue)}`;
  return [{ path: path.join("."), message }];
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value")
    return `allowed are ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  if (issue.code === "too_small") return `at least ${issue.minimum} is allowed`;
  if (issue.code === "too_big") return `at most ${issue.maximum} is allowed`;
  return issue.message.replace(/^Invalid input: /, "").replace(/, received .*$/, "");
}

function unknownKey(parent: string, key: string, known: readonly string[]): Problem {
  const near = suggestion(key, known);
  const path = parent ? `${parent}.${key}` : key;
  return {
    path,
    message: near ? `unknown key; did you mean ${near}?` : `unknown key; known are ${known.join(", ")}`,
  };
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly string[]): string[] {
  let at: JsonSchema | undefined = z.toJSONSchema(environmentSchema, { io: "input" }) as JsonSchema;
  for (const key of path) at = /^\d+$/.test(key) ? at?.items : at?.properties?.[key];
  const variants = at?.anyOf ?? at?.oneOf ?? (at ? [at] : []);
  return [...new Set(variants.flatMap((variant) => Object.keys(variant.properties ?? {})))];
}
