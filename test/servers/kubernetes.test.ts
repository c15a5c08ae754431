import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../plugins/kubernetes/objects";
import {
  client,
  configMap,
  deployer,
  get,
  kubeconfig,
  namespace,
  patch,
  program,
  RUNNING,
  remove,
  runPods,
  server,
  template,
} from "./space";

describe("a ConfigMap", () => {
  it("is created, found unchanged, updated, replaced and deleted", async () => {
    const declare = (labels: Record<string, string>, data: Record<string, string>) =>
      program(
        (opts, metadata) =>
          void new k8s.core.v1.ConfigMap("cm", { metadata: { ...metadata, name: "cm", labels }, data }, opts),
      );

    expect((await deployer.up(declare({ a: "b" }, { k: "v" }))).steps).toHaveProperty(
      "create kubernetes:core/v1:ConfigMap cm",
    );
    expect((await get(configMap("cm")))?.data).toEqual({ k: "v" });
    expect((await deployer.up(declare({ a: "b" }, { k: "v" }))).steps).toEqual({});
    expect((await deployer.refresh()).steps).toEqual({});

    const update = await deployer.up(declare({ c: "d" }, { k: "v" }));
    expect(update.steps).toEqual({
      "update kubernetes:core/v1:ConfigMap cm": { "metadata.labels.a": "delete", "metadata.labels.c": "add" },
    });
    const before = await get(configMap("cm"));
    expect(before?.metadata.labels).toEqual({ c: "d" });

    const replacement = await deployer.up(declare({ c: "d" }, { k: "w" }));
    expect(replacement.steps["replace kubernetes:core/v1:ConfigMap cm"]).toEqual({ "data.k": "update-replace" });
    const after = await get(configMap("cm"));
    expect(after?.data).toEqual({ k: "w" });
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);

    await deployer.up(program(() => undefined));
    expect(await get(configMap("cm"))).toBeUndefined();
  });

  it("without a name gets one, keeps it, and is replaced beside its predecessor", async () => {
    const declare = (value: string) =>
      program((opts, metadata) => void new k8s.core.v1.ConfigMap("auto", { metadata, data: { k: value } }, opts));
    const nameOf = async () => (await deployer.exportState()).resources.find(({ urn }) => urn.endsWith("::auto"))?.id;

    await deployer.up(declare("v"));
    const first = await nameOf();
    expect(first).toMatch(new RegExp(`^${namespace}/auto-[0-9a-f]{8}$`));
    await deployer.up(declare("v"));
    expect(await nameOf()).toBe(first);
    const { steps } = await deployer.up(declare("w"));
    expect(Object.keys(steps).map((step) => step.split(" ")[0])).toEqual([
      "create-replacement",
      "replace",
      "delete-replaced",
    ]);
    expect(await nameOf()).not.toBe(first);
  });

  it("that someone changed or deleted shows in a refresh, and `up` mends it", async () => {
    const declare = program(
      (opts, metadata) =>
        void new k8s.core.v1.ConfigMap(
          "cm",
          { metadata: { ...metadata, name: "cm", labels: { a: "b" } }, data: { k: "v" } },
          opts,
        ),
    );
    await deployer.up(declare);

    await patch(configMap("cm"), { metadata: { labels: { foreign: "yes" } } });
    expect((await deployer.refresh()).steps).toEqual({});

    await patch(configMap("cm"), { metadata: { labels: { a: "other" } } });
    const change = { "update kubernetes:core/v1:ConfigMap cm": { "metadata.labels.a": "update" } };
    expect((await deployer.refresh()).steps).toEqual(change);
    expect((await deployer.up(declare)).steps).toEqual(change);
    expect((await get(configMap("cm")))?.metadata.labels).toEqual({ a: "b", foreign: "yes" });

    await remove(configMap("cm"));
    await deployer.refresh();
    expect((await deployer.up(declare)).steps).toHaveProperty("create kubernetes:core/v1:ConfigMap cm");
  });

  it("that is there already is left alone, unless it is imported", async () => {
    await deployer.up(program(() => undefined));
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm", namespace }, data: { k: "v" } };
    await client.request("POST", `/api/v1/namespaces/${namespace}/configmaps`, { body });
    const declare = (more: object) =>
      program(
        (opts, metadata) =>
          void new k8s.core.v1.ConfigMap(
            "cm",
            { metadata: { ...metadata, name: "cm" }, data: { k: "v" } },
            { ...opts, ...more },
          ),
      );

    const refused = await deployer.up(declare({}));
    expect(refused.failed).toBe(true);
    expect(refused.output).toContain(`create ConfigMap ${namespace}/cm: it exists already`);
    expect((await deployer.up(declare({ import: `${namespace}/cm` }))).output).not.toContain("error:");
    expect((await deployer.up(declare({}))).steps).toEqual({});
  });
});

describe("a Secret", () => {
  it("is nowhere readable in the state, and its text is stored as data", async () => {
    const declare = program((opts, metadata) => {
      new k8s.core.v1.Secret(
        "s",
        { metadata: { ...metadata, name: "s" }, stringData: { p: pulumi.secret("hunter2") } },
        opts,
      );
      new k8s.core.v1.ConfigMap(
        "cm",
        { metadata: { ...metadata, name: "cm" }, data: { p: pulumi.secret("hunter2"), open: "yes" } },
        opts,
      );
    });
    await deployer.up(declare);
    expect((await get(`/api/v1/namespaces/${namespace}/secrets/s`))?.data).toEqual({
      p: Buffer.from("hunter2").toString("base64"),
    });
    await deployer.refresh();
    const { resources } = await deployer.exportState();
    const stored = JSON.stringify(
      resources
        .filter(({ type }) => !type.startsWith("pulumi:providers"))
        .map(({ inputs, outputs }) => [inputs, outputs]),
    );
    expect(stored).not.toContain('"p":"hunter2"');
    expect(stored).not.toContain('"p":"aHVudGVyMg=="');
    const map = resources.find(({ urn }) => urn.endsWith("::cm"));
    expect(map?.outputs.data.open).toBe("yes");
    expect((await deployer.up(declare)).steps).toEqual({});
  });
});

describe("a custom resource", () => {
  it("is created with its definition in one update", async () => {
    const group = `${namespace}.example.com`;
    const schema = { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } };
    const declare = (size: number) =>
      program((opts, metadata) => {
        new k8s.apiextensions.CustomResource(
          "lake",
          { apiVersion: `${group}/v1`, kind: "Lake", metadata: { ...metadata, name: "l" }, spec: { size } },
          opts,
        );
        new k8s.apiextensions.v1.CustomResourceDefinition(
          "definition",
          {
            metadata: { name: `lakes.${group}` },
            spec: {
              group,
              scope: "Namespaced",
              names: { plural: "lakes", singular: "lake", kind: "Lake" },
              versions: [{ name: "v1", served: true, storage: true, schema }],
            },
          },
          opts,
        );
      });
    expect((await deployer.preview(declare(1))).failed).toBe(false);
    expect((await deployer.up(declare(1))).failed).toBe(false);
    expect((await deployer.up(declare(2))).steps).toEqual({
      [`update kubernetes:${group}/v1:Lake lake`]: { "spec.size": "update" },
    });
    expect((await get(`/apis/${group}/v1/namespaces/${namespace}/lakes/l`))?.spec).toEqual({ size: 2 });
  });
});

describe("a Deployment with its Service", () => {
  const declare = program((opts, metadata) => {
    const selector = { app: "web" };
    const timeouts = { customTimeouts: { create: "15s", update: "15s" } };
    new k8s.apps.v1.Deployment(
      "web",
      { metadata: { ...metadata, name: "web" }, spec: { selector: { matchLabels: selector }, template } },
      { ...opts, ...timeouts },
    );
    new k8s.core.v1.Service(
      "web",
      { metadata: { ...metadata, name: "web" }, spec: { clusterIP: "None", selector, ports: [{ port: 80 }] } },
      opts,
    );
  });

  it("is there when its pods run", async () => {
    const stop = runPods(RUNNING);
    try {
      expect((await deployer.up(declare)).failed).toBe(false);
      expect((await get(`/apis/apps/v1/namespaces/${namespace}/deployments/web`))?.status.availableReplicas).toBe(1);
    } finally {
      await deployer.destroy();
      await stop();
    }
  });

  it("that does not start fails with the pod's reason, stays in the state, and is waited for again", async () => {
    const waiting = { reason: "ErrImagePull", message: "no such image" };
    const stop = runPods({
      phase: "Running",
      containerStatuses: [{ name: "c", image: "", imageID: "", ready: false, restartCount: 0, state: { waiting } }],
    });
    const failure = await deployer.up(declare);
    await stop();
    expect(failure.failed).toBe(true);
    expect(failure.output).toContain(
      `Deployment ${namespace}/web was created, but was not ready after 15 s: 0 of 1 replicas available`,
    );
    expect(failure.output).toContain("container c: ErrImagePull: no such image");
    const stored = (await deployer.exportState()).resources.find(({ type }) => type.endsWith(":Deployment"));
    expect(stored?.id).toBe(`${namespace}/web`);
    expect(stored?.initErrors?.[0]).toMatch(/was not ready/);

    const { items } = await client.request<{ items: KubeObject[] }>("GET", `/api/v1/namespaces/${namespace}/pods`);
    for (const { metadata } of items)
      await patch(`/api/v1/namespaces/${namespace}/pods/${metadata.name}/status`, {
        status: { ...RUNNING, containerStatuses: [] },
      });
    expect((await deployer.up(declare)).failed).toBe(false);
    expect(
      (await deployer.exportState()).resources.find(({ type }) => type.endsWith(":Deployment"))?.initErrors ?? [],
    ).toEqual([]);
  });
});

describe("waits", () => {
  it("end when the condition of the annotation holds", async () => {
    const annotations = { "pulumi.com/waitFor": "jsonpath={.data.ready}=yes", "pulumi.com/timeoutSeconds": "30" };
    const declare = program(
      (opts, metadata) =>
        void new k8s.core.v1.ConfigMap("cm", { metadata: { ...metadata, name: "cm", annotations } }, opts),
    );
    const running = deployer.up(declare);
    while (!(await get(configMap("cm")))) await sleep(100);
    await patch(configMap("cm"), { data: { ready: "yes" } });
    expect((await running).failed).toBe(false);
  });

  it("do not block on a claim that waits for its first consumer", async () => {
    const declare = program((opts, metadata) => {
      const storageClass = new k8s.storage.v1.StorageClass(
        "late",
        {
          metadata: { name: `late-${namespace}` },
          provisioner: "none.invalid/none",
          volumeBindingMode: "WaitForFirstConsumer",
        },
        opts,
      );
      const spec = {
        storageClassName: storageClass.metadata.name,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1024Mi" } },
      };
      new k8s.core.v1.PersistentVolumeClaim("claim", { metadata: { ...metadata, name: "claim" }, spec }, opts);
    });
    expect((await deployer.up(declare)).failed).toBe(false);
    expect((await deployer.up(declare)).steps).toEqual({});
  });

  it("on deletion name the finalizer that holds the object", async () => {
    const metadata = { name: "held", finalizers: ["example.com/held"] };
    const declare = program(
      (opts, space) =>
        void new k8s.core.v1.ConfigMap(
          "held",
          { metadata: { ...space, ...metadata } },
          { ...opts, customTimeouts: { delete: "3s" } },
        ),
    );
    await deployer.up(declare);
    const held = await deployer.destroy();
    expect(held.failed).toBe(true);
    expect(held.output).toContain(
      `delete ConfigMap ${namespace}/held: it is still there after 3 s; its finalizers example.com/held are not done`,
    );
    await patch(configMap("held"), { metadata: { finalizers: null } });
  });
});

describe("previews", () => {
  it("find what the server would refuse", async () => {
    await deployer.up(program(() => undefined));
    const bad = program((opts) => {
      const spec = {
        selector: { matchLabels: { app: "web" } },
        template: { ...template, metadata: { labels: { app: "other" } } },
      };
      new k8s.apps.v1.Deployment("bad", { metadata: { name: "bad", namespace }, spec }, opts);
    });
    const { failed, output } = await deployer.preview(bad);
    expect(failed).toBe(true);
    expect(output).toContain(`create Deployment ${namespace}/bad:`);
    expect(output).toContain("`selector` does not match template `labels`");
  });

  it("are green without a cluster, and `up` then says what is missing", async () => {
    const gone = readFileSync(kubeconfig, "utf8").replaceAll(server, "https://127.0.0.1:1");
    const declare = program((opts, metadata) => void new k8s.core.v1.ConfigMap("cm", { metadata, data: {} }, opts), {
      kubeconfig: gone,
    });
    const { failed, steps } = await deployer.preview(declare);
    expect(failed).toBe(false);
    expect(steps).toHaveProperty("create kubernetes:core/v1:ConfigMap cm");
    const up = await deployer.up(declare);
    expect(up.failed).toBe(true);
    expect(up.output).toMatch(
      /create Namespace .*: the Kubernetes cluster is unreachable: https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
  });

  it("refuse a provider option that the local build cannot follow", async () => {
    const { failed, output } = await deployer.preview(program(() => undefined, { renderYamlToDirectory: "/tmp/out" }));
    expect(failed).toBe(true);
    expect(output).toContain("does not support renderYamlToDirectory=/tmp/out");
  });
});

describe("fields that others own", () => {
  const declare = (args: object, more: object = {}) =>
    program((opts, metadata) => {
      const spec = { replicas: 0, selector: { matchLabels: { app: "web" } }, template };
      new k8s.apps.v1.Deployment(
        "web",
        { metadata: { ...metadata, name: "web", labels: args as Record<string, string> }, spec },
        { ...opts, ...more },
      );
    });
  const path = () => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
  const apply = (body: object) =>
    client.request<KubeObject>("PATCH", path(), {
      query: { fieldManager: "scaler", force: true },
      body,
      contentType: "application/apply-patch+yaml",
    });

  it("are kept when they are ignored", async () => {
    await deployer.up(declare({ a: "1" }));
    await apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace },
      spec: { replicas: 0, minReadySeconds: 7 },
    });
    await deployer.up(declare({ a: "2" }, { ignoreChanges: ["spec.minReadySeconds", "spec.replicas"] }));
    const live = await get(path());
    expect(live?.metadata.labels).toEqual({ a: "2" });
    expect(live?.spec.minReadySeconds).toBe(7);
  });
});

describe("the yaml function", () => {
  it("makes the objects of a manifest", async () => {
    const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: ${namespace}}\ndata: {k: v}\n`;
    const declare = async () => {
      const provider = new k8s.Provider("k8s", { kubeconfig });
      const space = new k8s.core.v1.Namespace("space", { metadata: { name: namespace } }, { provider });
      new k8s.yaml.ConfigGroup("group", { yaml }, { provider, dependsOn: [space] });
    };
    expect((await deployer.up(declare)).failed).toBe(false);
    expect((await get(configMap("one")))?.data).toEqual({ k: "v" });
  });
});
