import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { explainIssues } from "./explain";
import { defaultImages } from "./images";
import { crossFieldProblems, type Problem } from "./rules";
import { type Environment, environmentSchema, type Images } from "./schema";
import { configValue } from "./stack-file";

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
    if (namespace === project && name) raw[name] = configValue(new pulumi.Config().require(name));
  }
  return checkEnvironment(raw, `Pulumi.${pulumi.getStack()}.yaml`);
}

/** Checks plain values against the schema and the rules between keys; `where` is named in the error. Throws ConfigError. */
export function checkEnvironment(raw: Record<string, unknown>, where: string): Environment {
  const result = environmentSchema.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  // What is wrong between keys that are in order each on its own is told together with what is malformed.
  const malformed = new Set(issues.map(({ path }) => String(path[0])));
  const environment = withImages(result.success ? result.data : wellFormed(raw));
  const problems = [...explainIssues(issues, raw), ...crossFieldProblems(environment, malformed)];
  if (problems.length > 0) throw new ConfigError(where, problems);
  return environment as Environment;
}

function wellFormed(raw: Record<string, unknown>): Partial<z.output<typeof environmentSchema>> {
  const sections = Object.entries(environmentSchema.shape).flatMap(([key, schema]) => {
    const result = schema.safeParse(raw[key]);
    return result.success ? [[key, result.data]] : [];
  });
  return Object.fromEntries(sections);
}

function withImages({ images, ...values }: Partial<z.output<typeof environmentSchema>>): Partial<Environment> {
  return images ? { ...values, images: { ...defaultImages(), ...images } as Images } : values;
}
