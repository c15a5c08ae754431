import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { propagation, timeoutMs, waitFor } from "../../../plugins/kubernetes/annotations";
import { fromOutputs, markSecrets, toOutputs } from "../../../plugins/kubernetes/checkpoint";
import { ApiError } from "../../../plugins/kubernetes/client";
import { explainCreate, isPreviewable } from "../../../plugins/kubernetes/explain";
import { importedInputs } from "../../../plugins/kubernetes/import";
import { connect } from "../../../plugins/kubernetes/kubeconfig";
import { listsOfOthers, ownersOf, takeOver, union } from "../../../plugins/kubernetes/managed-fields";
import { autoname } from "../../../plugins/kubernetes/names";
import {
  fromToken,
  isPatchToken,
  type KubeObject,
  objectId,
  parseId,
  toSdkKeys,
  toServerKeys,
} from "../../../plugins/kubernetes/objects";
import { checkSettings, readSettings } from "../../../plugins/kubernetes/settings";
import { diffSettings } from "../../../plugins/kubernetes/settings-diff";
import { decodeYaml } from "../../../plugins/kubernetes/yaml-decode";
import { Secret, UNKNOWN } from "../../../plugins/shared/values";

// Properties take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "drone-lake-kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pod = (metadata: object) => ({ apiVersion: "v1", kind: "Pod", metadata }) as KubeObject;

describe("identity", () => {
  it("reads back the IDs that it writes", () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
    fc.assert(
      fc.property(label, fc.option(label, { nil: undefined }), (name, namespace) => {
        const metadata = namespace === undefined ? { name } : { namespace, name };
        expect(parseId(objectId(metadata))).toEqual(metadata);
      }),
    );
  });

  it.each(["", "a/b/c", "/b", "a/"])("refuses the ID %j", (id) => {
    expect(() => parseId(id)).toThrow(/<namespace>\/<name>/);
  });

  it("comes from the type token", () => {
    expect(fromToken("kubernetes:core/v1:ConfigMap")).toEqual({ apiVersion: "v1", kind: "ConfigMap" });
    expect(fromToken("kubernetes:rbac.authorization.k8s.io/v1:Role")).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
    });
  });

  it("of a patch is the object's", () => {
    expect(fromToken("kubernetes:core/v1:NodePatch")).toEqual({ apiVersion: "v1", kind: "Node" });
    expect(isPatchToken("kubernetes:rbac.authorization.k8s.io/v1:RolePatch")).toBe(true);
  });

  it.each(["AllowList", "HotPatch"])("of a custom kind may end as it likes: %s", (kind) => {
    const type = `kubernetes:example.com/v1:${kind}`;
    expect(fromToken(type)).toEqual({ apiVersion: "example.com/v1", kind });
    expect(isPatchToken(type)).toBe(false);
  });

  it.each(["kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:ConfigMapList"])("refuses %s in words", (type) => {
    expect(() => fromToken(type)).toThrow(/local build of the kubernetes plugin does not/);
  });
});

describe("made-up names", () => {
  it("are the program's name and eight digits, the same for the same seed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), (randomSeed) => {
        const name = autoname({ name: "web", randomSeed });
        expect(name).toMatch(/^web-[0-9a-f]{8}$/);
        expect(autoname({ name: "web", randomSeed })).toBe(name);
      }),
    );
    const none = new Uint8Array();
    expect(autoname({ name: "web", randomSeed: none })).not.toBe(autoname({ name: "web", randomSeed: none }));
  });

  it("follow the stack's autonaming", () => {
    const randomSeed = new Uint8Array([1]);
    expect(autoname({ name: "web", randomSeed, autonaming: { proposedName: "lake-web", mode: "enforce" } })).toBe(
      "lake-web",
    );
    expect(() => autoname({ name: "web", randomSeed, autonaming: { proposedName: "", mode: "disable" } })).toThrow(
      /metadata.name/,
    );
  });
});

describe("stored state", () => {
  const live = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    data: { p: "eA==" },
    type: "Opaque",
  } as KubeObject;

  it("hides a Secret's data in outputs and inputs, whether the program marked it or not", () => {
    const outputs = toOutputs(
      { live, inputs: { kind: "Secret", data: { p: "eA==" } }, fieldManager: "m", initialApiVersion: "v1" },
      {},
    );
    expect(outputs.data).toEqual(new Secret({ p: "eA==" }));
    expect(outputs.__inputs).toEqual({ kind: "Secret", data: new Secret({ p: "eA==" }) });
    expect(outputs.type).toBe("Opaque");
    expect(fromOutputs(outputs)).toEqual({
      live,
      inputs: { kind: "Secret", data: { p: "eA==" } },
      fieldManager: "m",
      initialApiVersion: "v1",
    });
  });

  it("hides what came from secrets in other kinds", () => {
    const given = { kind: "ConfigMap", data: { k: new Secret("v"), open: "o" } };
    expect(markSecrets({ kind: "ConfigMap", data: { k: "v", open: "o" } }, given)).toEqual(given);
  });

  it("hides other secrets of a Secret, and kubectl's copy of whatever holds one", () => {
    const copy = "kubectl.kubernetes.io/last-applied-configuration";
    const metadata = { annotations: { token: new Secret("t") } };
    const live = { metadata: { annotations: { token: "t", [copy]: "{}" } } };
    const hidden = { metadata: { annotations: { token: new Secret("t"), [copy]: new Secret("{}") } } };
    expect(markSecrets({ kind: "Secret", ...live }, { metadata })).toEqual({ kind: "Secret", ...hidden });
    expect(markSecrets({ kind: "ConfigMap", ...live }, { metadata })).toEqual({ kind: "ConfigMap", ...hidden });
    expect(markSecrets({ kind: "ConfigMap", ...live }, {})).toEqual({ kind: "ConfigMap", ...live });
  });

  it("spells schema extensions as each side does", () => {
    const server = { spec: { versions: [{ schema: { "x-kubernetes-preserve-unknown-fields": true } }] } };
    expect(toServerKeys(toSdkKeys(server))).toEqual(server);
    expect(toSdkKeys(server)).toEqual({
      spec: { versions: [{ schema: { x_kubernetes_preserve_unknown_fields: true } }] },
    });
  });

  it("of an imported object has what a program could have written", () => {
    const annotations = { "deployment.kubernetes.io/revision": "3" };
    expect(importedInputs({ ...live, metadata: { name: "s", uid: "1", annotations }, status: { ok: true } })).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      data: { p: "eA==" },
      type: "Opaque",
    });
  });
});

describe("managed fields", () => {
  const entry = (manager: string, operation: "Apply" | "Update", fields: object, subresource?: string) =>
    ({ manager, operation, fieldsV1: fields, ...(subresource && { subresource }) }) as never;
  const object = (...managedFields: never[]) => pod({ name: "x", managedFields });

  it("of the creation go to the manager that applies, those of others stay", () => {
    const moved = takeOver(
      object(
        entry("pulumi-kubernetes", "Update", { "f:spec": { "f:a": {} } }),
        entry("kubelet", "Update", { "f:status": {} }, "status"),
        entry("mine", "Apply", { "f:spec": { "f:b": {} } }),
      ),
      "mine",
    );
    expect(moved).toHaveLength(2);
    expect(moved?.[0]?.manager).toBe("kubelet");
    expect(moved?.[1]).toMatchObject({
      manager: "mine",
      operation: "Apply",
      fieldsV1: { "f:spec": { "f:a": {}, "f:b": {} } },
    });
  });

  it("are left alone when the creation owns none", () => {
    expect(
      takeOver(object(entry("mine", "Apply", {}), entry("kubelet", "Update", {}, "status")), "mine"),
    ).toBeUndefined();
  });

  it("unite without losing any", () => {
    expect(union({ "f:a": { ".": {}, "f:b": {} } }, { "f:a": { "f:c": {} }, "f:d": {} })).toEqual({
      "f:a": { ".": {}, "f:b": {}, "f:c": {} },
      "f:d": {},
    });
  });

  it("tell a list that others wrote from one of ours and from one whose items have owners", () => {
    const owned = {
      ...object(
        entry("mine", "Apply", { "f:ours": {}, "f:containers": { 'k:{"name":"c"}': { "f:env": {} } } }),
        entry("pulumi-kubernetes", "Update", { "f:created": {} }),
        entry("kubectl-edit", "Update", {
          "f:rules": {},
          "f:containers": { 'k:{"name":"c"}': { "f:args": {} }, 'k:{"name":"sidecar"}': { "f:args": {} } },
        }),
        entry("controller", "Update", { "f:conditions": {} }, "status"),
      ),
      containers: [{ name: "c" }],
    };
    const isOfOthers = listsOfOthers(owned, "mine");
    expect(isOfOthers(["rules"])).toBe(true);
    expect(isOfOthers(["containers", 0, "args"])).toBe(true);
    for (const path of [["ours"], ["created"], ["containers"], ["containers", 0, "env"], ["conditions"], ["none"]]) {
      expect(isOfOthers(path)).toBe(false);
    }
  });

  it("say who owns a field", () => {
    const owned = object(
      entry("mine", "Apply", { "f:spec": { "f:a": {} } }),
      entry("hpa", "Update", { "f:spec": { "f:replicas": {} } }),
    );
    expect(ownersOf(owned, ["spec", "replicas"], "mine")).toEqual({ ours: false, others: true });
    expect(ownersOf(owned, ["spec", "a"], "mine")).toEqual({ ours: true, others: false });
  });
});

describe("annotations", () => {
  const annotated = (key: string, value: string) => pod({ name: "x", annotations: { [`pulumi.com/${key}`]: value } });

  it("give the time to wait, unless the resource's options do", () => {
    expect(timeoutMs(0, pod({ name: "x" }))).toBe(600_000);
    expect(timeoutMs(0, annotated("timeoutSeconds", "30"))).toBe(30_000);
    expect(timeoutMs(5, annotated("timeoutSeconds", "30"))).toBe(5_000);
    expect(timeoutMs(0, annotated("timeoutSeconds", "soon"))).toBe(600_000);
  });

  it("give conditions, one or a list", () => {
    expect(waitFor(annotated("waitFor", "condition=Ready"))).toEqual(["condition=Ready"]);
    expect(waitFor(annotated("waitFor", '["condition=A","jsonpath={.b}"]'))).toEqual(["condition=A", "jsonpath={.b}"]);
  });

  it("give what happens to dependents on deletion", () => {
    expect(propagation(pod({ name: "x" }))).toBe("Foreground");
    expect(propagation(annotated("deletionPropagationPolicy", "orphan"))).toBe("Orphan");
  });
});

describe("the provider's arguments", () => {
  it("that it cannot follow are refused by name", () => {
    const failures = checkSettings({
      renderYamlToDirectory: "/out",
      enableServerSideApply: "false",
      enablePatchForce: "true",
      namespace: UNKNOWN,
    });
    expect(failures.map(({ property }) => property)).toEqual(["renderYamlToDirectory", "enableServerSideApply"]);
    expect(failures[0]?.reason).toMatch(/does not support renderYamlToDirectory=/);
  });

  it("come as text or as values, from the program or the environment", () => {
    process.env.PULUMI_K8S_ENABLE_SECRET_MUTABLE = "true";
    const settings = readSettings(
      { kubeconfig: new Secret("content"), enablePatchForce: "true" },
      { "kubernetes:config:namespace": "lake" },
    );
    delete process.env.PULUMI_K8S_ENABLE_SECRET_MUTABLE;
    expect(settings).toMatchObject({
      kubeconfig: "content",
      namespace: "lake",
      enablePatchForce: true,
      enableSecretMutable: true,
      enableConfigMapMutable: false,
    });
  });

  it("replace everything only when they lead to another cluster", () => {
    const config = (server: string, token: string) =>
      `current-context: a\nclusters: [{name: a, cluster: {server: "${server}"}}]\nusers: [{name: a, user: {token: ${token}}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n`;
    const before = { kubeconfig: config("https://one", "t1") };
    expect(diffSettings(before, before)).toEqual({ changes: false });
    expect(diffSettings(before, { kubeconfig: config("https://one", "t2") })).toEqual({
      changes: true,
      diffs: ["kubeconfig"],
      replaces: [],
    });
    expect(diffSettings(before, { kubeconfig: config("https://two", "t1") }).replaces).toEqual(["kubeconfig"]);
    expect(
      diffSettings({ ...before, enablePatchForce: "false" }, { ...before, enablePatchForce: "true" }).replaces,
    ).toEqual([]);
  });
});

describe("a kubeconfig", () => {
  const content = `
current-context: main
clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443/base/"}}, {name: other, cluster: {server: "http://10.0.0.2"}}]
users: [{name: u, user: {tokenFile: token}}, {name: p, user: {username: a, password: b}}]
contexts: [{name: main, context: {cluster: c, user: u, namespace: lake}}, {name: second, context: {cluster: other, user: p}}]
`;
  const file = join(folder, "config");
  writeFileSync(file, content);
  writeFileSync(join(folder, "token"), "secret-token\n");
  const settings = (more: object) => ({ ...readSettings({}, {}), ...more });

  it("is a path or its content, and its files are beside it", async () => {
    const { server, namespace, headers } = connect(settings({ kubeconfig: file }));
    expect([server.href, namespace]).toEqual(["https://10.0.0.1:6443/base/", "lake"]);
    expect(await headers()).toEqual({ Authorization: "Bearer secret-token" });
    expect(connect(settings({ kubeconfig: content })).server.hostname).toBe("10.0.0.1");
  });

  it("is read in the context that the provider names", async () => {
    const { server, namespace, headers } = connect(settings({ kubeconfig: content, context: "second" }));
    expect([server.href, namespace]).toEqual(["http://10.0.0.2/", "default"]);
    expect(await headers()).toEqual({ Authorization: `Basic ${Buffer.from("a:b").toString("base64")}` });
  });

  it("that is none, or lacks what it names, is refused in words", () => {
    expect(() => connect(settings({ kubeconfig: "/nowhere/config" }))).toThrow(/neither the path nor the content/);
    expect(() => connect(settings({ kubeconfig: content, context: "third" }))).toThrow(/has no context "third"/);
  });

  it.each([
    ["username: a", "username: a, as: somebody, as-groups: [g]", 'user "p" has as, as-groups, which'],
    ['"http://10.0.0.2"', '"http://10.0.0.2", proxy-url: "http://p"', 'cluster "other" has proxy-url, which'],
  ])("that asks for what this build does not follow is refused by name: %s", (plain, more, message) => {
    const asking = content.replace(plain, more);
    expect(() => connect(settings({ kubeconfig: asking, context: "second" }))).toThrow(message);
    // Of another context it is nobody's business.
    expect(connect(settings({ kubeconfig: asking })).server.hostname).toBe("10.0.0.1");
  });

  it("in several files is refused, in one of several that are named it is read", () => {
    const other = join(folder, "other");
    writeFileSync(other, content);
    vi.stubEnv("KUBECONFIG", `${file}:${other}`);
    expect(() => connect(settings({}))).toThrow(/KUBECONFIG names several files .*kubectl config view --flatten/);
    vi.stubEnv("KUBECONFIG", `/nowhere/config:${file}`);
    expect(connect(settings({})).namespace).toBe("lake");
    vi.unstubAllEnvs();
  });
});

describe("refusals", () => {
  const cm = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm", namespace: "n" } } as KubeObject;

  it("name the object and what to do", () => {
    expect(explainCreate(cm, new ApiError(409, "AlreadyExists", "exists")).message).toMatch(
      /^create ConfigMap n\/cm: it exists already.*pulumi import/s,
    );
    expect(explainCreate(cm, new ApiError(404, "NotFound", 'namespaces "n" not found')).message).toMatch(
      /does its namespace exist/,
    );
  });

  it("of a dry run count only when the real run would get them too", () => {
    expect(isPreviewable(new ApiError(422, "Invalid", "spec.replicas: must be positive"))).toBe(true);
    expect(isPreviewable(new ApiError(409, "AlreadyExists", "exists"))).toBe(false);
    expect(isPreviewable(new ApiError(404, "NotFound", "no namespace"))).toBe(false);
    expect(isPreviewable(new ApiError(400, "BadRequest", "admission webhook does not support dry run"))).toBe(false);
  });
});

describe("kubernetes:yaml:decode", () => {
  const text = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
# only a comment
---
{apiVersion: v1, kind: Namespace, metadata: {name: n}}
`;

  it("gives every object, out of lists too, in the default namespace", async () => {
    const objects = await decodeYaml({ text, defaultNamespace: "lake" }, async ({ kind }) => kind !== "Namespace");
    expect(objects).toEqual([
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "lake" } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } },
    ]);
  });

  it("says where the text is no YAML", async () => {
    await expect(decodeYaml({ text: "a: [1" }, async () => true)).rejects.toThrow(/not YAML.*line 1/s);
  });
});
