import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { describe, expect, it, vi } from "vitest";
import {
  equal,
  fromStruct,
  hasSecret,
  hasUnknown,
  isObject,
  keepSecrets,
  type Properties,
  Secret,
  toJson,
  toStruct,
  UNKNOWN,
  unwrap,
  unwrapProperties,
  type Value,
} from "../../../plugins/shared/values";

// Properties take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const key = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== "__proto__" && text.length !== 32);
const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.constant(UNKNOWN),
    tie("value").map((item) => (item instanceof Secret ? item : new Secret(item))),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const properties = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Properties>;

/** Over the wire and back: what a provider sends is what the engine stores and sends again. */
function roundTrip(given: Properties): Properties {
  return fromStruct(Struct.deserializeBinary(toStruct(given).serializeBinary()));
}

describe("properties over the wire", () => {
  it("come back the same, with secrets and unknowns in place", () => {
    fc.assert(
      fc.property(properties, (given) => {
        expect(roundTrip(given)).toEqual(given);
      }),
    );
  });

  it("show a secret to the engine under its signature", () => {
    const sent = toStruct({ password: new Secret("hunter2") }).toJavaScript();
    expect(sent.password).toEqual({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: "hunter2",
    });
  });

  it("open outputs and references to resources", () => {
    const sent = Struct.fromJavaScript({
      output: { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: 1, secret: true },
      later: { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" },
      bucket: { "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:x", id: "drone-raw" },
    });
    expect(fromStruct(sent)).toEqual({ output: new Secret(1), later: UNKNOWN, bucket: "drone-raw" });
  });

  it("refuse an asset, and say what to give instead", () => {
    const asset = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text: "x" };
    expect(() => fromStruct(Struct.fromJavaScript({ asset }))).toThrow(/content as text/);
  });
});

describe("secrets", () => {
  it("are gone after unwrapping, and nothing else is", () => {
    fc.assert(
      fc.property(properties, (given) => {
        const plain = unwrapProperties(given);
        expect(hasSecret(plain)).toBe(false);
        expect(hasUnknown(plain)).toBe(hasUnknown(given));
        expect(equal(plain, given)).toBe(true);
      }),
    );
  });

  it("survive in outputs that a server made from the inputs", () => {
    fc.assert(
      fc.property(properties, (inputs) => {
        const kept = keepSecrets(unwrapProperties(inputs), inputs);
        expect(equal(kept, inputs)).toBe(true);
        expect(exposed(kept, inputs)).toEqual([]);
      }),
    );
  });

  it("stay where they are, so that the rest of the object can be read", () => {
    const inputs = { spec: { token: new Secret("t"), size: 3 }, list: [{ password: new Secret("p") }] };
    const outputs = keepSecrets(
      { spec: { token: "t", size: 3, uid: "1" }, list: [{ password: "p" }], status: "ok" },
      inputs,
    );
    expect(outputs).toEqual({
      spec: { token: new Secret("t"), size: 3, uid: "1" },
      list: new Secret([{ password: "p" }]),
      status: "ok",
    });
  });
});

/** Paths at which `inputs` hold a secret and `outputs` show it. */
function exposed(outputs: Value, inputs: Value, path = ""): string[] {
  if (outputs instanceof Secret) return [];
  if (inputs instanceof Secret) return [path];
  if (isObject(inputs) && isObject(outputs)) {
    return Object.entries(inputs).flatMap(([name, item]) => exposed(outputs[name] as Value, item, `${path}.${name}`));
  }
  return hasSecret(inputs) ? [path] : [];
}

describe("toJson", () => {
  it("gives plain values, and refuses unknown ones", () => {
    expect(toJson({ a: new Secret([1, { b: new Secret("x") }]) })).toEqual({ a: [1, { b: "x" }] });
    expect(() => toJson({ a: new Secret({ b: UNKNOWN }) })).toThrow(/not known yet/);
    expect(unwrap(new Secret(new Secret(1)))).toBe(1);
  });
});
