/** A provider's own arguments. They arrive as text: the SDKs send numbers, booleans and lists as JSON. */
import type { CheckFailure } from "../shared/provider";
import { hasUnknown, type Properties, unwrapProperties, type Value } from "../shared/values";
import { checkInputs } from "./check";
import { type Actual, desiredFrom } from "./resource";
import type { Schema } from "./schema";

/** Keys that the engine adds for itself. */
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "__internal", "__defaults"]);

export interface ConfigDeclaration {
  name: string;
  config: Schema;
  environment?: Record<string, string[]>;
}

/** The arguments in their types, with environment variables and defaults filled in; `unknown`: names of what a preview cannot know. */
export function readConfig(declaration: ConfigDeclaration, args: Properties) {
  const given: Properties = {};
  for (const [name, variables] of Object.entries(declaration.environment ?? {})) {
    const found = variables.map((variable) => process.env[variable]).find((value) => value);
    if (found !== undefined) given[name] = parse(declaration.config, name, found);
  }
  for (const [name, value] of Object.entries(unwrapProperties(args))) {
    if (!ENGINE_KEYS.has(name) && value !== null) given[name] = parse(declaration.config, name, value);
  }
  const subject = `provider ${declaration.name}`;
  const { inputs, failures } = checkInputs(declaration.config, given, { subject, noteDefaults: false });
  const unknown = Object.keys(inputs).filter((name) => hasUnknown(inputs[name] as Value));
  const values: Actual = unknown.length > 0 ? {} : desiredFrom(declaration.config, inputs);
  return { values, failures: failures as CheckFailure[], unknown };
}

function parse(config: Schema, name: string, value: Value): Value {
  const type = config[name]?.type;
  if (typeof value !== "string" || type === undefined || type === "string") return value;
  try {
    return JSON.parse(value.toLowerCase() === "true" || value.toLowerCase() === "false" ? value.toLowerCase() : value);
  } catch {
    return value;
  }
}
