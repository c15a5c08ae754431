/** Checks a program's inputs against a table of properties. */
import type { CheckFailure } from "../shared/provider";
import {
  hasUnknown,
  isObject,
  type Json,
  type Properties,
  Secret,
  Unknown,
  unwrap,
  type Value,
} from "../shared/values";
import { inputNames, isEmpty, type Property, type Schema } from "./schema";

export interface CheckOptions {
  /** Resource type token, or what else the table describes. */
  subject: string;
  /** Whether to write down in `__defaults` which values are defaults, as the official bridged providers do. */
  noteDefaults: boolean;
}

/** The inputs with defaults filled in, and everything that is wrong with them. Unknown values pass: the next `up` checks them. */
export function checkInputs(schema: Schema, news: Properties, options: CheckOptions) {
  const failures: CheckFailure[] = [];
  const inputs = checkObject(schema, news, "", options, failures);
  return { inputs, failures };
}

function checkObject(
  schema: Schema,
  news: Properties,
  path: string,
  options: CheckOptions,
  failures: CheckFailure[],
): Properties {
  const inputs: Properties = {};
  const defaults: string[] = [];
  const fail = (name: string, reason: string) =>
    failures.push({ property: path + name, reason: `${options.subject}: "${path}${name}" ${reason}` });
  for (const [name, value] of Object.entries(news)) {
    if (value === null || value === undefined || name === "__defaults") continue;
    const property = schema[name];
    if (!property) fail(name, `is no property that this build supports; it supports ${inputNames(schema).join(", ")}`);
    else if (property.refused) fail(name, `is not supported by this build: ${property.refused}`);
    else if (property.output) fail(name, "is an output and cannot be set");
    else inputs[name] = checkValue(property, value, path + name, options, failures);
  }
  for (const [name, property] of Object.entries(schema)) {
    if (name in inputs) continue;
    if (property.required) fail(name, "is required and was not given");
    if (property.default !== undefined && !isEmpty(property.default)) {
      inputs[name] = property.default;
      defaults.push(name);
    }
  }
  if (options.noteDefaults) inputs.__defaults = defaults;
  return inputs;
}

function checkValue(
  property: Property,
  value: Value,
  path: string,
  options: CheckOptions,
  failures: CheckFailure[],
): Value {
  if (value instanceof Secret)
    return new Secret(checkValue({ ...property, secret: false }, value.value, path, options, failures));
  if (value instanceof Unknown) return value;
  const fail = (reason: string) => failures.push({ property: path, reason: `${options.subject}: "${path}" ${reason}` });
  const checked = checkType(property, value, path, options, failures, fail);
  if (!hasUnknown(checked)) {
    const wrong = failures.some((failure) => failure.property === path);
    const reason = wrong ? undefined : property.check?.(unwrap(checked) as Json);
    if (reason) fail(reason);
  }
  return property.secret ? new Secret(checked) : checked;
}

function checkType(
  property: Property,
  value: Exclude<Value, Secret | Unknown>,
  path: string,
  options: CheckOptions,
  failures: CheckFailure[],
  fail: (reason: string) => void,
): Value {
  switch (property.type) {
    case "list":
    case "set":
      if (!Array.isArray(value)) break;
      return value.map((item, i) => checkValue(property.of as Property, item, `${path}[${i}]`, options, failures));
    case "map":
      if (!isObject(value)) break;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          checkValue(property.of as Property, item, `${path}.${key}`, options, failures),
        ]),
      );
    case "object":
      if (!isObject(value)) break;
      return checkObject(property.fields as Schema, value, `${path}.`, options, failures);
    case "integer":
      if (Number.isInteger(value)) return value;
      break;
    default:
      if (typeof value === property.type) return value;
  }
  fail(`must be ${property.type === "integer" ? "a whole number" : `of type ${property.type}`}`);
  return value;
}
