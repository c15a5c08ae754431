import { beforeEach, describe, expect, it } from "vitest";
import { DeclaredProvider } from "../../../plugins/declared/provider";
import type { ResourceType } from "../../../plugins/declared/resource";
import { type Properties, Secret, UNKNOWN } from "../../../plugins/shared/values";

interface Server {
  url: string;
  things: Map<string, string>;
}

const TOKEN = "test:index:Thing";
const things = new Map<string, string>();
const thing: ResourceType<Server> = {
  token: TOKEN,
  named: "name",
  schema: {
    name: { type: "string", computed: true, fixed: "make another one" },
    place: { type: "string", replace: true },
    text: { type: "string", required: true },
    key: { type: "string", output: true, secret: true },
  },
  create: async ({ things }, desired) => {
    things.set(String(desired.name), String(desired.text));
    return { id: String(desired.name), outputs: { key: `key of ${desired.name}` } };
  },
  read: async ({ things }, id) => {
    const text = things.get(id);
    return text === undefined ? undefined : { id, outputs: { name: id, text, key: "k" } };
  },
  update: async ({ things }, id, _old, desired) => {
    things.set(id, String(desired.text));
    return { id, outputs: {} };
  },
  delete: async ({ things }, id) => {
    things.delete(id);
  },
};

const provider = (type = thing) =>
  new DeclaredProvider<Server>({
    name: "test",
    types: [type],
    config: {
      url: { type: "string", required: true },
      tls: { type: "boolean" },
      password: { type: "string", secret: true },
    },
    environment: { url: ["TEST_DECLARED_URL"] },
    connect: (config) => ({ url: String(config.url), things }),
  });

async function configured(args: Properties = { url: "http://x" }) {
  const one = provider();
  await one.configure(args);
  return one;
}

const subject = { urn: `urn:pulumi:s::p::${TOKEN}::one`, type: TOKEN, name: "one" };
const check = (news: Properties, olds: Properties = {}) => ({
  ...subject,
  olds,
  news,
  randomSeed: Buffer.from("0badc0ffee", "hex"),
});
const create = (inputs: Properties, preview = false) => ({ ...subject, inputs, preview, timeout: 0 });

beforeEach(() => things.clear());

describe("DeclaredProvider", () => {
  it("refuses an unknown type by its token and says what there is", async () => {
    const request = { ...check({}), type: "test:index:Other" };
    await expect((await configured()).check(request)).rejects.toThrow(
      "test:index:Other is not supported by the local build of the test plugin. It supports test:index:Thing.",
    );
  });

  it("makes up a name once and keeps it", async () => {
    const one = await configured();
    const { inputs } = await one.check(check({ text: "a" }));
    expect(inputs).toMatchObject({ name: "one-0badc0f", __defaults: ["name"] });
    expect((await one.check(check({ text: "b" }, { name: "one-older" }))).inputs.name).toBe("one-older");
  });

  it("refuses such a change also from a default that was not written down, and takes it for a new object", async () => {
    const lock = { type: "boolean", default: false, fixed: "it acts at creation only" } as const;
    const one = provider({ ...thing, schema: { ...thing.schema, lock } });
    const locked = { name: "a", text: "a", lock: true };
    expect((await one.check(check(locked, { name: "a", text: "a" }))).failures).toMatchObject([{ property: "lock" }]);
    expect((await one.check(check(locked))).failures).toEqual([]);
    expect((await one.check(check({ text: "b" }, { name: "a", text: "a", lock: false }))).failures).toEqual([]);
  });

  it("refuses a change that is safe neither in place nor by replacement", async () => {
    const { failures } = await (await configured()).check(check({ name: "new", text: "a" }, { name: "old" }));
    expect(failures).toEqual([
      { property: "name", reason: `${TOKEN}: "name" cannot change from "old": make another one` },
    ]);
  });

  it("stores what the table calls secret as secret", async () => {
    const { id, outputs } = await (await configured()).create(create({ name: "one", text: "a" }));
    expect(id).toBe("one");
    expect(outputs).toEqual({ id: "one", name: "one", place: null, text: "a", key: new Secret("key of one") });
  });

  it("stores a secret input as secret", async () => {
    const { outputs } = await (await configured()).create(create({ name: "one", text: new Secret("a") }));
    expect(outputs.text).toEqual(new Secret("a"));
    expect(things.get("one")).toBe("a");
  });

  it("previews without the server, with unknowns where only the server knows", async () => {
    const one = await configured({ url: UNKNOWN });
    const { outputs } = await one.create(create({ name: "one", text: UNKNOWN }, true));
    expect(outputs).toEqual({ name: "one", place: null, text: UNKNOWN, key: UNKNOWN });
    expect(things.size).toBe(0);
  });

  it("says which part of its configuration is not known yet when it needs the server", async () => {
    const one = await configured({ url: UNKNOWN });
    await expect(one.create(create({ name: "one", text: "a" }))).rejects.toThrow(
      '"url" of its configuration is not known yet',
    );
  });

  it("sees a change by hand, and that an object is gone", async () => {
    const one = await configured();
    const inputs = { name: "one", text: "a" };
    const { outputs } = await one.create(create(inputs));
    things.set("one", "by hand");
    const read = { ...subject, id: "one", outputs, inputs, timeout: 0 };
    const found = await one.read(read);
    expect(found).toMatchObject({ id: "one", inputs, outputs: { text: "by hand" } });
    const diff = await one.diff({
      ...subject,
      id: "one",
      olds: found?.outputs ?? {},
      oldInputs: inputs,
      news: inputs,
      ignoreChanges: [],
    });
    expect(diff.detailed).toEqual({ text: { kind: "update", replace: false, inputDiff: false } });
    things.clear();
    expect(await one.read(read)).toBeUndefined();
  });

  it("imports an object with the inputs that would have made it", async () => {
    things.set("one", "a");
    const found = await (await configured()).read({ ...subject, id: "one", outputs: {}, inputs: {}, timeout: 0 });
    expect(found?.inputs).toEqual({ name: "one", text: "a" });
  });

  it("replaces on a change of identity", async () => {
    const olds = { name: "one", text: "a", place: "here" };
    const news = { ...olds, place: "there" };
    const diff = await (await configured()).diff({
      ...subject,
      id: "one",
      olds,
      oldInputs: olds,
      news,
      ignoreChanges: [],
    });
    expect(diff).toMatchObject({ changes: true, replaces: ["place"], deleteBeforeReplace: false });
  });

  it("takes its configuration as text, and from the environment", async () => {
    process.env.TEST_DECLARED_URL = "http://env";
    expect((await provider().checkConfig({ tls: "true" })).failures).toEqual([]);
    delete process.env.TEST_DECLARED_URL;
    const { failures, inputs } = await provider().checkConfig({ tls: "perhaps", password: "p", version: "1.2.3" });
    expect(failures?.map((failure) => failure.reason)).toEqual([
      'provider test: "tls" must be of type boolean',
      'provider test: "url" is required and was not given',
    ]);
    expect(inputs.password).toEqual(new Secret("p"));
  });
});
