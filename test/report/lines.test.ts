/** What a diff shows of a change, and what it must not. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { UNKNOWN, type Values } from "../../policies/readers/values";
import { differences } from "../../report/differences";
import { linesOfChange } from "../../report/lines";
import type { Change } from "../../report/plan";

vi.setConfig({ testTimeout: 60_000 });

const side = (inputs: Values) => ({ inputs, outputs: {}, protect: false, retainOnDelete: false });
function change(before?: Values, after?: Values, paths: string[] = []): Change {
  const operation = before ? (after ? "update" : "delete") : "create";
  const common = {
    urn: "u",
    type: "kubernetes:core/v1:ConfigMap",
    name: "n",
    operation,
    paths,
    replacing: [],
  } as const;
  return { ...common, before: before && side(before), after: after && side(after) };
}

const key = fc.stringMatching(/^[a-z]{1,4}$/);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.boolean(),
    fc.stringMatching(/^[ a-z]{0,6}$/),
    tie("tree"),
    tie("list"),
  ),
  tree: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  list: fc.array(tie("value"), { maxLength: 3 }),
}));
const tree = json.tree as fc.Arbitrary<Values>;

describe("differences", () => {
  test("of equal things are none, and of different ones some, each with its two sides", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(differences(a, structuredClone(a))).toEqual([]);
        const found = differences(a, b);
        if (!isDeepStrictEqual(a, b)) expect(found.length).toBeGreaterThan(0);
        const swapped = differences(b, a);
        expect(swapped.map(({ path, old, next }) => ({ path, old: next, next: old }))).toEqual(found);
      }),
    );
  });

  test("are told where they are: in a policy's document, and by name in a list of named things", () => {
    const policy = (...actions: string[]) => ({ policy: JSON.stringify({ Statement: [{ Action: actions }] }) });
    expect(differences(policy("s3:GetObject"), policy("s3:GetObject", "s3:PutObject"))).toEqual([
      { path: "policy.Statement[0].Action", old: undefined, next: ["s3:PutObject"] },
    ]);
    const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: name.toLowerCase() })) });
    expect(differences(env("A", "B"), env("NEW", "A", "B"))).toEqual([
      { path: "env.NEW", old: undefined, next: { name: "NEW", value: "new" } },
    ]);
  });
});

describe("lines", () => {
  test("show both sides of a value, and of a long text only where it differs", () => {
    const script = (line: string) => ({ script: `set -u\n${line}\nexit 0\n` });
    expect(linesOfChange(change(script("echo a"), script("echo b")))).toEqual(["  script", "-   echo a", "+   echo b"]);
    expect(linesOfChange(change({ n: 1 }, { n: UNKNOWN }))).toEqual(["  n", "-   1", "+   (known after up)"]);
    expect(linesOfChange(change({ a: "b" }))).toEqual(["- a: b"]);
    expect(linesOfChange(change(undefined, { a: "b" }))).toEqual(["+ a: b"]);
  });

  test("tell once of what the engine and the inputs both show, where it stands in a list of named things", () => {
    const pod = (image: string) => ({ containers: [{ name: "minio", image, env: [{ name: "A", value: image }] }] });
    const paths = ["containers[0].image", "containers[0].env[0].value"];
    expect(linesOfChange(change(pod("old"), pod("new"), paths))).toEqual([
      "  containers.minio.env.A.value",
      "-   old",
      "+   new",
      "  containers.minio.image",
      "-   old",
      "+   new",
    ]);
  });

  test("tell of a difference that cannot be seen", () => {
    const secret = { data: { password: "[secret]" } };
    expect(linesOfChange(change(secret, secret, ["data.password"]))).toEqual([
      "  data.password: differs ([secret] or known to the provider alone)",
    ]);
  });

  test("show no secret, wherever it stands", () => {
    const secret = fc.stringMatching(/^[A-Za-z]{24}$/);
    fc.assert(
      fc.property(secret, (text) => {
        const places: Values[] = [
          { password: text },
          { secretKey: text },
          { spec: { env: [{ name: "PGPASSWORD", value: text }] } },
          { url: `https://user:${text}@lake.example.org/` },
          { key: `-----BEGIN PRIVATE KEY-----\n${text}` },
        ];
        for (const inputs of places)
          for (const shown of [change(inputs), change(undefined, inputs), change({}, inputs), change(inputs, {})])
            expect(linesOfChange(shown).join("\n")).not.toContain(text);
      }),
      { numRuns: 20 },
    );
  });
});
