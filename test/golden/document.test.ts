import { describe, expect, test } from "vitest";
import type { Recorded } from "../components/recorder";
import { dump } from "./dump";

function resource(masked: Record<string, unknown>, more: Partial<Recorded> = {}): Recorded {
  const type = "kubernetes:core/v1:ConfigMap";
  return { type, name: "a", inputs: {}, masked, provider: undefined, options: {}, parents: [], ...more };
}

/** The lines of the dump below its heading. */
function lines(...recorded: Recorded[]): string[] {
  return [...dump(recorded).values()].flatMap((text) => text.trimEnd().split("\n").slice(1));
}

describe("a document", () => {
  test("says who a resource is, whose it is, which provider makes it, and what protects it", () => {
    const owner = { type: "drone-data-lake:index:ObjectStore", name: "store" };
    const provider = "urn:pulumi:prod::drone-data-lake::pulumi:providers:kubernetes::cluster::cluster-id";
    // The class of a StatefulSet adds such an alias by itself.
    const options = { protect: true, retainOnDelete: false, aliases: [{ type: "old" }] };
    expect(lines(resource({ data: {} }, { parents: [owner], provider, options }))).toEqual([
      "type: kubernetes:core/v1:ConfigMap",
      "name: a",
      "parent: drone-data-lake:index:ObjectStore::store",
      "provider: cluster",
      "options:",
      "  protect: true",
      "inputs:",
      "  data: {}",
    ]);
    expect(lines(resource({}, { options: { aliases: [{ name: "b" }] } }))).toContain("    - name: b");
  });

  test("sorts keys, and shows lines as lines and JSON in a string as what it means, in its own order", () => {
    expect(lines(resource({ script: "one\ntwo\n", policy: '{"b":[1],"a":"off"}' })).slice(3)).toEqual([
      "  policy: !json",
      "    b:",
      "      - 1",
      '    a: "off"',
      "  script: |",
      "    one",
      "    two",
    ]);
  });

  test("tells strings apart that mean the same JSON", () => {
    const [compact, spaced, tree] = ['{"a":1}', '{ "a": 1 }', { a: 1 }].map((a) => lines(resource({ a })).join("\n"));
    expect(new Set([compact, spaced, tree]).size).toBe(3);
  });
});

describe("a definition of a kind", () => {
  const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
  const definition = (description: string) => {
    const properties = { spec: { properties: { replicas: { type: "integer", description } } } };
    const versions = [{ name: "v1", served: true, schema: { openAPIV3Schema: { properties } } }];
    return lines(resource({ spec: { group: "example.org", versions } }, { type }));
  };

  test("is shown with the size and a digest of its schema, which any change of it changes", () => {
    const shown = definition("how many").slice(4);
    expect(shown).toEqual([
      "    group: example.org",
      "    versions:",
      "      - name: v1",
      expect.stringMatching(/^ {8}schema: 2 fields, sha256 [0-9a-f]{16}$/),
      "        served: true",
    ]);
    const changed = definition("how few").slice(4);
    expect(shown.filter((line, i) => line !== changed[i])).toEqual([shown[3]]);
  });
});

test("documents come in the order of type and name, whatever the order of registration", () => {
  const some = [resource({ n: 1 }), resource({ n: 2 }, { name: "b" }), resource({ n: 3 }, { type: "a:b:C" })];
  expect(dump(some)).toEqual(dump([...some].reverse()));
});

test("a component's resources share a file, and what belongs to none is the stack's", () => {
  const type = "drone-data-lake:index:ObjectStore";
  const store = resource({}, { type, name: "store" });
  const gate = resource({}, { type: "drone-data-lake:index:Gate", name: "gate", parents: [store] });
  const job = resource({}, { name: "job", parents: [store, gate] });
  expect([...dump([store, gate, job, resource({})]).keys()].sort()).toEqual(["stack.yaml", "store.yaml"]);
});
