/**
 * Property values as a provider sees them: plain JSON, and around it what only Pulumi knows (secrets and unknowns), with the
 * conversion to and from the protobuf Structs of the engine's protocol.
 */
import { ListValue, NullValue, Value as ProtoValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const ASSETS = new Set(["c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"]);
const UNKNOWN_ANY = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** One sentinel for each type that the engine can name of a value that it does not know yet. */
const UNKNOWNS = new Set([
  UNKNOWN_ANY,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** A value that may not be shown: the engine encrypts it in the state and masks it on screen. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A value that only the next `up` will know (it hangs on a resource that does not exist yet). Only previews see it. */
export class Unknown {
  readonly kind = "unknown";
}

export const UNKNOWN = new Unknown();

export type Value = null | boolean | number | string | Secret | Unknown | Value[] | Properties;
export type Properties = { [key: string]: Value };

/** Plain JSON: what is left when secrets are taken out of their wrapping and no unknown is inside. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export function isObject(value: unknown): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

/** The engine's Struct as values. Throws on assets and archives: no resource of these providers takes one. */
export function fromStruct(struct: Struct | undefined): Properties {
  const result: Properties = {};
  struct?.getFieldsMap().forEach((value, key) => {
    result[key] = fromProto(value);
  });
  return result;
}

function fromProto(value: ProtoValue): Value {
  switch (value.getKindCase()) {
    case ProtoValue.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case ProtoValue.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case ProtoValue.KindCase.STRING_VALUE: {
      const text = value.getStringValue();
      return UNKNOWNS.has(text) ? UNKNOWN : text;
    }
    case ProtoValue.KindCase.LIST_VALUE:
      return (value.getListValue() as ListValue).getValuesList().map(fromProto);
    case ProtoValue.KindCase.STRUCT_VALUE:
      return fromSpecial(fromStruct(value.getStructValue()));
    default:
      return null;
  }
}

function fromSpecial(properties: Properties): Value {
  const signature = properties[SIGNATURE];
  if (signature === undefined) return properties;
  if (signature === SECRET) return new Secret(properties.value ?? null);
  if (signature === OUTPUT) {
    const inner = properties.value === undefined ? UNKNOWN : properties.value;
    return properties.secret === true ? new Secret(inner) : inner;
  }
  if (signature === RESOURCE) return properties.id ?? UNKNOWN;
  if (typeof signature === "string" && ASSETS.has(signature)) {
    throw new Error(
      "an asset or archive was given, and no property of this provider takes one: give its content as text",
    );
  }
  throw new Error(
    `a value with the unknown signature ${String(signature)} was given: the engine is newer than this plugin`,
  );
}

/** Values as the engine's Struct. Keys whose value is `undefined` are left out. */
export function toStruct(properties: Properties): Struct {
  const struct = new Struct();
  const fields = struct.getFieldsMap();
  for (const [key, value] of Object.entries(properties)) if (value !== undefined) fields.set(key, toProto(value));
  return struct;
}

function toProto(value: Value): ProtoValue {
  const proto = new ProtoValue();
  if (value === null || value === undefined) return proto.setNullValue(NullValue.NULL_VALUE);
  if (value instanceof Unknown) return proto.setStringValue(UNKNOWN_ANY);
  if (value instanceof Secret) return proto.setStructValue(toStruct({ [SIGNATURE]: SECRET, value: value.value }));
  if (Array.isArray(value)) return proto.setListValue(new ListValue().setValuesList(value.map(toProto)));
  switch (typeof value) {
    case "boolean":
      return proto.setBoolValue(value);
    case "number":
      return proto.setNumberValue(value);
    case "string":
      return proto.setStringValue(value);
    default:
      return proto.setStructValue(toStruct(value));
  }
}

/** The value without any secret wrapping, at any depth. Unknowns stay. */
export function unwrap<T extends Value>(value: T): Exclude<Value, Secret> {
  if (value instanceof Secret) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item)]));
  return value as Exclude<Value, Secret>;
}

/** `unwrap` for an object of properties. */
export function unwrapProperties(properties: Properties): Properties {
  return unwrap(properties) as Properties;
}

/** Whether an unknown is anywhere inside. */
export function hasUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Whether a secret is anywhere inside. */
export function hasSecret(value: Value): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/** Plain JSON of known values. Throws if an unknown is inside: check `hasUnknown` first. */
export function toJson(properties: Properties): JsonObject {
  if (hasUnknown(properties)) throw new Error("a value is not known yet, and here it must be");
  return unwrapProperties(properties) as JsonObject;
}

/**
 * `outputs` with every place wrapped as secret where `inputs` holds a secret. A list that holds a secret anywhere becomes secret as a
 * whole: a server may reorder its elements.
 */
export function keepSecrets(outputs: Properties, inputs: Properties): Properties {
  const result: Properties = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = result[key];
    if (output === undefined || output instanceof Secret) continue;
    if (input instanceof Secret || (Array.isArray(input) && hasSecret(input))) result[key] = new Secret(unwrap(output));
    else if (isObject(input) && isObject(output)) result[key] = keepSecrets(output, input);
    else if (hasSecret(input)) result[key] = new Secret(unwrap(output));
  }
  return result;
}

/** Deep equality of values; a secret equals its content, an unknown equals nothing but itself. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Secret) return equal(a.value, b);
  if (b instanceof Secret) return equal(a, b.value);
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}
