/** RandomPassword, RandomString and RandomId. All are made once and live in the state alone; any change of an input makes a new one. */
import { randomBytes } from "node:crypto";
import { hash } from "bcryptjs";
import type { Actual, Desired, ResourceType } from "../declared/resource";
import { atLeast, type Schema } from "../declared/schema";
import { flaw, type Recipe, randomText } from "./characters";

const keepers = { type: "map", of: { type: "string" }, replace: true } as const;
const enabled = { type: "boolean", default: true, replace: true } as const;
const least = { type: "integer", default: 0, replace: true, check: atLeast(0) } as const;

const text: Schema = {
  keepers,
  length: { type: "integer", required: true, replace: true, check: atLeast(1) },
  lower: enabled,
  minLower: least,
  minNumeric: least,
  minSpecial: least,
  minUpper: least,
  number: { type: "boolean", refused: 'it is deprecated, give "numeric"' },
  numeric: enabled,
  overrideSpecial: { type: "string", replace: true },
  special: enabled,
  upper: enabled,
};

/** Classes of characters and minimums that are not given (or not known yet) have their defaults. */
function recipeFrom(inputs: Actual): Recipe {
  const count = (name: string) => (inputs[name] ?? 0) as number;
  const on = (name: string) => (inputs[name] ?? true) as boolean;
  return {
    length: count("length"),
    ...{ upper: on("upper"), lower: on("lower"), numeric: on("numeric"), special: on("special") },
    ...{ minUpper: count("minUpper"), minLower: count("minLower") },
    ...{ minNumeric: count("minNumeric"), minSpecial: count("minSpecial") },
    ...(typeof inputs.overrideSpecial === "string" && { overrideSpecial: inputs.overrideSpecial }),
  };
}

function checkTogether(inputs: Actual) {
  const found = inputs.length === undefined ? undefined : flaw(recipeFrom(inputs));
  return found ? [found] : [];
}

/** The state is all there is: reading gives it back, deleting has nothing to do. */
const inState = {
  read: async (_client: undefined, id: string, state: Actual) => ({ id, outputs: state }),
  delete: async () => undefined,
};

export const randomString: ResourceType<undefined> = {
  token: "random:index/randomString:RandomString",
  schema: { ...text, result: { type: "string", output: true } },
  checkTogether,
  ...inState,
  async create(_client, desired: Desired) {
    const result = randomText(recipeFrom(desired));
    return { id: result, outputs: { result, number: desired.numeric } };
  },
  fromId: (id) => ({ result: id, length: [...id].length, ...importedClasses() }),
};

export const randomPassword: ResourceType<undefined> = {
  token: "random:index/randomPassword:RandomPassword",
  schema: {
    ...text,
    result: { type: "string", output: true, secret: true },
    bcryptHash: { type: "string", output: true, secret: true },
  },
  checkTogether,
  ...inState,
  async create(_client, desired: Desired) {
    const result = randomText(recipeFrom(desired));
    return { id: "none", outputs: { result, bcryptHash: await bcrypt(result), number: desired.numeric } };
  },
  async read(_client, id, state) {
    const bcryptHash = state.bcryptHash ?? (await bcrypt(String(state.result)));
    return { id: id === state.result ? "none" : id, outputs: { ...state, bcryptHash } };
  },
  fromId: (id) => ({ result: id, length: [...id].length, ...importedClasses() }),
};

function importedClasses(): Actual {
  const counts = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
  return { lower: true, upper: true, numeric: true, number: true, special: true, ...counts };
}

/** bcrypt takes 72 bytes at most; the rest of a longer password does not count, as in the official plugin. */
function bcrypt(password: string): Promise<string> {
  return hash(Buffer.from(password).subarray(0, 72).toString(), 10);
}

export const randomId: ResourceType<undefined> = {
  token: "random:index/randomId:RandomId",
  schema: {
    keepers,
    byteLength: { type: "integer", required: true, replace: true, check: atLeast(1) },
    prefix: { type: "string", replace: true },
    b64Std: { type: "string", output: true },
    b64Url: { type: "string", output: true },
    dec: { type: "string", output: true },
    hex: { type: "string", output: true },
  },
  ...inState,
  async create(_client, desired: Desired) {
    const bytes = randomBytes(desired.byteLength as number);
    return { id: bytes.toString("base64url"), outputs: notations(bytes, String(desired.prefix ?? "")) };
  },
  async read(_client, id, state) {
    const own = id.split(",").pop() as string;
    return { id: own, outputs: state };
  },
  fromId(id) {
    const parts = id.split(",");
    const bytes = Buffer.from(parts.pop() as string, "base64url");
    const prefix = parts.join(",");
    return { byteLength: bytes.length, ...(prefix && { prefix }), ...notations(bytes, prefix) };
  },
};

/** The bytes in every notation, each behind the prefix. */
export function notations(bytes: Buffer, prefix: string): Record<"b64Std" | "b64Url" | "dec" | "hex", string> {
  return {
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + bytes.toString("base64url"),
    dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
    hex: prefix + bytes.toString("hex"),
  };
}
