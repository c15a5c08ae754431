/** One resource type: its table, and the calls that make the server follow it. */
import { isObject, type Json, type JsonObject, type Properties, UNKNOWN, unwrap, type Value } from "../shared/values";
import type { Property, Schema } from "./schema";

/** What the inputs ask for: every property of the table that has a value, defaults filled in, secrets opened. */
export type Desired = JsonObject;
/** What is: properties as the state holds them, secrets opened. An absent one is `undefined` or `null`. */
export type Actual = Record<string, Json | undefined>;

export interface Made {
  id: string;
  /** What the server says; what is not named here becomes what the inputs asked for. */
  outputs: Actual;
  /** Why a new object is not yet all that was asked for; the next update goes on from `outputs`. */
  incomplete?: string;
}

/** Runs a later step of making an object that is there already. A failure is given back in words: thrown, it would lose the object. */
export async function unlessDone(step: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export interface ResourceType<Client> {
  token: string;
  schema: Schema;
  /** A replaced object must go first, because old and new are the same thing on the server. */
  deleteBeforeReplace?: boolean;
  create(client: Client, desired: Desired): Promise<Made>;
  /** `state` is what the last deployment or refresh knew; only `fromId` of it for an import. `undefined`: the object is gone. */
  read(client: Client, id: string, state: Actual): Promise<Made | undefined>;
  /** Absent where every change replaces. */
  update?(client: Client, id: string, old: Actual, desired: Desired): Promise<Made>;
  delete(client: Client, id: string, state: Actual): Promise<void>;
  /** What an import's id says about the object; default: nothing but the id itself. Throws on an id that is none. */
  fromId?(id: string): Actual;
  /** Rules that hold between properties, with the failing property's name; unknown ones are left out of `inputs`. */
  checkTogether?(inputs: Actual): { property: string; reason: string }[];
  /** The property that gets a made-up name when none is given. */
  named?: string;
  /** Outputs that an update makes anew. */
  renewed?(old: Actual, desired: Properties): string[];
}

/** Every known property that was asked for, with defaults, without the notes that the engine keeps (`__defaults`). */
export function desiredFrom(schema: Schema, inputs: Properties): Desired {
  return fill(schema, unwrap(inputs) as Properties) as Desired;
}

function fill(schema: Schema, inputs: Properties): Properties {
  const result: Properties = {};
  for (const [name, property] of Object.entries(schema)) {
    const value = inputs[name] ?? property.default;
    if (value !== undefined && value !== null) result[name] = fillValue(property, value);
  }
  return result;
}

function fillValue(property: Property, value: Value): Value {
  if (property.type === "object" && isObject(value)) return fill(property.fields as Schema, value);
  if (Array.isArray(value) && property.of) return value.map((item) => fillValue(property.of as Property, item));
  return value;
}

/** The outputs to store: what the server says, else what was asked for, else null. */
export function outputsFrom(schema: Schema, id: string, actual: Actual, desired: Actual): Properties {
  const outputs: Properties = { id };
  for (const name of Object.keys(schema)) outputs[name] = (name in actual ? actual[name] : desired[name]) ?? null;
  return outputs;
}

/** The outputs that a preview can know of an object that does not exist yet. */
export function previewOutputs(schema: Schema, inputs: Properties): Properties {
  const outputs: Properties = {};
  for (const [name, property] of Object.entries(schema)) {
    const chosen = property.output || property.computed ? UNKNOWN : null;
    outputs[name] = inputs[name] ?? property.default ?? chosen;
  }
  return outputs;
}

/** Inputs that would have made this object, for an import: what differs from the defaults. */
export function inputsFrom(schema: Schema, outputs: Properties): Properties {
  const inputs: Properties = {};
  for (const [name, property] of Object.entries(schema)) {
    const value = outputs[name];
    if (property.output || property.refused || value === null || value === undefined) continue;
    if (property.required || JSON.stringify(value) !== JSON.stringify(property.default))
      inputs[name] = withoutOutputs(property, value);
  }
  return inputs;
}

function withoutOutputs(property: Property, value: Value): Value {
  if (property.type === "object" && isObject(value)) return inputsFrom(property.fields as Schema, value);
  if (Array.isArray(value) && property.of) return value.map((item) => withoutOutputs(property.of as Property, item));
  return value;
}
