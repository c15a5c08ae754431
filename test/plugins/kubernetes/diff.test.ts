import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { isIgnored, managedDifferences, withNamespace } from "../../../plugins/kubernetes/diff";
import { normalize, prune } from "../../../plugins/kubernetes/normalize";
import type { KubeObject } from "../../../plugins/kubernetes/objects";
import { sameDuration, sameQuantity } from "../../../plugins/kubernetes/quantity";
import { replaceRule } from "../../../plugins/kubernetes/replace-rules";
import { formatPath, type Path, parsePath } from "../../../plugins/shared/paths";
import { type Properties, UNKNOWN } from "../../../plugins/shared/values";

// Properties take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const STRICT = { enableConfigMapMutable: false, enableSecretMutable: false };

const inputs: Properties = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "n", labels: { app: "web" } },
  spec: {
    replicas: 1,
    template: { spec: { containers: [{ name: "c", image: "a:1", resources: { limits: { cpu: "1000m" } } }] } },
  },
};
const live = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "n", uid: "1", labels: { app: "web", foreign: "yes" }, generation: 4 },
  spec: {
    replicas: 1,
    revisionHistoryLimit: 10,
    template: {
      spec: { containers: [{ name: "c", image: "a:1", resources: { limits: { cpu: "1" } } }, { name: "sidecar" }] },
    },
  },
  status: { replicas: 1 },
} as unknown as KubeObject;

function changed(news: Properties, from: KubeObject = live, before = inputs): Record<string, string> {
  return Object.fromEntries(managedDifferences(from, before, news).map(({ path, kind }) => [formatPath(path), kind]));
}

const set = (object: object, path: string, value: unknown) => {
  const copy = structuredClone(object) as never;
  const parts = parsePath(path);
  let here = copy as Record<string, never>;
  for (const part of parts.slice(0, -1)) here = here[part as string] as never;
  here[parts.at(-1) as string] = value as never;
  return copy;
};

describe("what an update would change", () => {
  it("is nothing, whatever the server filled in and others added", () => {
    expect(changed(inputs)).toEqual({});
  });

  it("is what the program changed", () => {
    expect(changed(set(inputs, "spec.replicas", 2))).toEqual({ "spec.replicas": "update" });
    expect(changed(set(inputs, "metadata.labels", { app: "web", c: "d" }))).toEqual({ "metadata.labels.c": "add" });
    expect(changed(set(inputs, "metadata.labels", {}))).toEqual({ "metadata.labels.app": "delete" });
  });

  it("is what someone changed on the server in a field of the program", () => {
    expect(changed(inputs, set(live, "spec.replicas", 3))).toEqual({ "spec.replicas": "update" });
    expect(changed(inputs, set(live, "spec.template.spec.containers[0].image", "evil:1"))).toEqual({
      "spec.template.spec.containers[0].image": "update",
    });
  });

  it("is not another way to write the same", () => {
    expect(changed(set(inputs, "spec.template.spec.containers[0].resources.limits.cpu", 1))).toEqual({});
    expect(changed(set(inputs, "spec.template.spec.containers[0].resources.limits.cpu", "1001m"))).toEqual({
      "spec.template.spec.containers[0].resources.limits.cpu": "update",
    });
  });

  it("is not an empty object that the server dropped, unless it is new", () => {
    const withEmpty = set(inputs, "metadata.annotations", {});
    expect(changed(withEmpty, live, withEmpty)).toEqual({});
    expect(changed(withEmpty, live, inputs)).toEqual({ "metadata.annotations": "add" });
  });

  it("does not take null for a field", () => {
    expect(changed(set(inputs, "spec.paused", null))).toEqual({});
  });

  it("counts a value that is not known yet", () => {
    expect(changed(set(inputs, "spec.replicas", UNKNOWN))).toEqual({ "spec.replicas": "update" });
  });
});

describe("pruning", () => {
  it("never invents a field, and keeps every one that the inputs name", () => {
    const json = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 3 }), {
      noNullPrototype: true,
    }) as fc.Arbitrary<Properties>;
    fc.assert(
      fc.property(json, json, (a, b) => {
        const pruned = prune(a, b) as Properties;
        expect(Object.keys(pruned).sort()).toEqual(
          Object.keys(a)
            .filter((key) => key in b)
            .sort(),
        );
        expect(prune(a, a)).toEqual(a);
      }),
    );
  });
});

describe("pruning a list that counts as a whole", () => {
  const isWhole = (path: Path) => path[0] === "rules";

  it("keeps what is beyond the inputs, unless these leave the list to others", () => {
    const live: Properties = { rules: [{ a: 1, b: 2 }, { a: 3 }], items: [1, 2] };
    expect(prune(live, { rules: [{ a: 1 }], items: [1] }, isWhole)).toEqual({
      rules: [{ a: 1 }, { a: 3 }],
      items: [1],
    });
    expect(prune(live, { rules: [] }, isWhole)).toEqual({ rules: [] });
  });
});

describe("normal form", () => {
  it("of a Secret has its text as data", () => {
    const secret = normalize({
      apiVersion: "v1",
      kind: "Secret",
      data: { a: "eA==" },
      stringData: { p: "päss", later: UNKNOWN },
    });
    expect(secret).toEqual({ apiVersion: "v1", kind: "Secret", data: { a: "eA==", p: "cMOkc3M=", later: UNKNOWN } });
  });

  it("has no metadata that only the server writes", () => {
    expect(normalize({ metadata: { name: "x", uid: "1", managedFields: [], resourceVersion: "7" } })).toEqual({
      metadata: { name: "x" },
    });
  });

  it("leaves other kinds' stringData alone", () => {
    const custom = { apiVersion: "example.com/v1", kind: "Secret", stringData: { p: "x" } };
    expect(normalize(custom)).toEqual(custom);
  });
});

describe("quantities and durations", () => {
  it("compare by value", () => {
    for (const [a, b] of [
      ["1000m", "1"],
      ["1024Mi", "1Gi"],
      [0.5, "500m"],
      ["1e3", "1k"],
      ["0.1", "100m"],
    ] as const) {
      expect(sameQuantity(a, b), `${a} ${b}`).toBe(true);
    }
    expect(sameQuantity("1G", "1Gi")).toBe(false);
    expect(sameQuantity("web", "web")).toBe(false);
    expect(sameDuration("1h", "1h0m0s")).toBe(true);
    expect(sameDuration("90s", "1m30s")).toBe(true);
    expect(sameDuration("1h", "61m")).toBe(false);
  });

  it("do not hide a change of text that only looks like one", () => {
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { limit: "60s" } };
    const found = managedDifferences(map as unknown as KubeObject, map, { ...map, data: { limit: "1m" } });
    expect(found).toEqual([{ path: ["data", "limit"], kind: "update" }]);
  });
});

describe("replacement", () => {
  const replaces = (apiVersion: string, kind: string, path: string, fields: object = {}, settings = STRICT) =>
    replaceRule({ apiVersion, kind, metadata: {}, ...fields }, settings)(parsePath(path));

  it.each([
    ["apps/v1", "Deployment", "spec.selector.matchLabels.x", true],
    ["apps/v1", "Deployment", "spec.template.metadata.labels.x", false],
    ["apps/v1", "Deployment", "metadata.name", true],
    ["apps/v1", "Deployment", "metadata.namespace", true],
    ["apps/v1", "Deployment", "metadata.labels.name", false],
    ["apps/v1", "StatefulSet", "spec.volumeClaimTemplates[0].spec.resources", true],
    ["apps/v1", "StatefulSet", "spec.serviceName", true],
    ["apps/v1", "StatefulSet", "spec.replicas", false],
    ["batch/v1", "Job", "spec.template.spec.containers[0].command[2]", true],
    ["batch/v1", "Job", "spec.ttlSecondsAfterFinished", false],
    ["batch/v1", "CronJob", "spec.jobTemplate.spec.template.spec.containers[0].image", false],
    ["v1", "ConfigMap", "data.k", true],
    ["v1", "Secret", "data.p", true],
    ["v1", "Secret", "type", true],
    ["v1", "Service", "spec.clusterIP", true],
    ["v1", "Service", "spec.ports[0].port", false],
    ["v1", "PersistentVolumeClaim", "spec.storageClassName", true],
    ["v1", "PersistentVolumeClaim", "spec.resources.requests.storage", false],
    ["rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef.name", true],
    ["rbac.authorization.k8s.io/v1", "RoleBinding", "subjects[0].name", false],
    ["tekton.dev/v1", "Task", "spec.steps[0].args[1]", false],
  ])("%s %s at %s: %s", (apiVersion, kind, path, expected) => {
    expect(replaces(apiVersion, kind, path)).toBe(expected);
  });

  it("is by a whole spec that goes, as that takes its fixed fields with it", () => {
    expect(replaces("apps/v1", "StatefulSet", "spec")).toBe(true);
  });

  it("of data is off where the provider says so, except for what is marked immutable", () => {
    const mutable = { enableConfigMapMutable: true, enableSecretMutable: true };
    expect(replaces("v1", "ConfigMap", "data.k", {}, mutable)).toBe(false);
    expect(replaces("v1", "ConfigMap", "data.k", { immutable: true }, mutable)).toBe(true);
    expect(replaces("v1", "Secret", "data.p", {}, mutable)).toBe(false);
  });
});

describe("namespaces and ignored changes", () => {
  it("the default namespace is where objects without one are", () => {
    expect(withNamespace({ metadata: { name: "x" } }, true).metadata).toEqual({ name: "x", namespace: "default" });
    expect(withNamespace({ metadata: { name: "x", namespace: "n" } }, false).metadata).toEqual({ name: "x" });
  });

  it("an ignored path covers what is under it", () => {
    const ignored = ["spec.replicas", "spec.template.spec.containers[*].image"].map(parsePath);
    expect(isIgnored(parsePath("spec.replicas"), ignored)).toBe(true);
    expect(isIgnored(parsePath("spec.template.spec.containers[1].image"), ignored)).toBe(true);
    expect(isIgnored(parsePath("spec"), ignored)).toBe(false);
  });
});
