import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { othersOf, resourcesOf } from "../../doctor/access";
import { type Recorded, record, stackValues } from "../components/recorder";
import { environment } from "../config/values";

vi.mock("../../sandbox/toolchain/manifests", () => ({
  manifests: (set: string) => join(__dirname, "..", "components", "manifests", set),
}));

let recorded: Recorded[];
beforeAll(async () => {
  recorded = await record(() => import("../../index.js"), { stack: "prod", values: stackValues("prod") });
}, 120_000);

/** `networkpolicies.networking.k8s.io drone-pipelines` of a NetworkPolicy there. */
function asResource({ type, inputs }: Recorded): string {
  const [, api = "", kind = ""] = type.split(":");
  const group = api.split("/")[0]!;
  const plural = `${kind.toLowerCase().replace(/s$/, "se").replace(/y$/, "ie")}s`;
  const { namespace } = (inputs.metadata ?? {}) as { namespace?: string };
  return `${plural}${group === "core" ? "" : `.${group}`} ${namespace ?? ""}`;
}

function nameOf({ group, resource, namespace }: ReturnType<typeof resourcesOf>[number]): string {
  return `${resource}${group && `.${group}`} ${namespace ?? ""}`;
}

test("the rights that are looked at are those to everything that the program makes, and no others", () => {
  const made = new Set(recorded.filter(({ type }) => type.startsWith("kubernetes:")).map(asResource));
  const asked = resourcesOf(environment({}, "prod")).map(nameOf);
  expect([...made].filter((resource) => !asked.includes(resource))).toEqual([]);
  // Of Tekton's own objects the manifests of this test have some only.
  const withoutTekton = resourcesOf(environment({ "tekton.install": false }, "prod")).map(nameOf);
  expect(withoutTekton.filter((resource) => !made.has(resource))).toEqual([]);
});

test("existing nodes are labelled by a patch of each", () => {
  const gpu = { backend: "existing", nodes: ["a", "b"] };
  expect(othersOf(environment({ gpu }))).toEqual([
    { verb: "patch", group: "", resource: "nodes", name: "a" },
    { verb: "patch", group: "", resource: "nodes", name: "b" },
  ]);
  expect(othersOf(environment())).toEqual([]);
});
