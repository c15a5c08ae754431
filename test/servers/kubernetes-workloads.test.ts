import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import { expect, it } from "vitest";
import { client, deployer, get, namespace, patch, program, RUNNING, runPods, template } from "./space";

it("a StatefulSet is there when its pods run", async () => {
  const declare = program((opts, metadata) => {
    const spec = { replicas: 2, serviceName: "web", selector: { matchLabels: { app: "web" } }, template };
    const timeouts = { customTimeouts: { create: "2m" } };
    new k8s.apps.v1.StatefulSet("set", { metadata: { ...metadata, name: "set" }, spec }, { ...opts, ...timeouts });
  });
  const stop = runPods(RUNNING);
  try {
    const up = await deployer.up(declare);
    expect(up.failed, up.output).toBe(false);
    const set = await get(`/apis/apps/v1/namespaces/${namespace}/statefulsets/set`);
    expect(set?.status.readyReplicas).toBe(2);
  } finally {
    await deployer.destroy();
    await stop();
  }
});

it("a Service is there when its endpoints are ready", async () => {
  const declare = program((opts, metadata) => {
    const spec = { selector: { app: "web" }, ports: [{ port: 80 }] };
    new k8s.core.v1.Service("web", { metadata: { ...metadata, name: "web" }, spec }, opts);
  });
  let ended = false;
  const running = deployer.up(declare).finally(() => {
    ended = true;
  });
  while (!(await get(`/api/v1/namespaces/${namespace}/services/web`))) await sleep(50);
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const slice = (ready: boolean) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "web-by-hand", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.244.0.9"], conditions: { ready } }],
  });
  await client.request("POST", slices, { body: slice(false) });
  await sleep(1500);
  expect(ended).toBe(false);
  await patch(`${slices}/web-by-hand`, slice(true));
  const up = await running;
  expect(up.failed, up.output).toBe(false);
});

it("a field that another manager owns is a conflict, unless the provider takes it over", async () => {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
  const declare = (minReadySeconds: number, enablePatchForce: boolean) =>
    program(
      (opts, metadata) => {
        const spec = { replicas: 0, minReadySeconds, selector: { matchLabels: { app: "web" } }, template };
        new k8s.apps.v1.Deployment("web", { metadata: { ...metadata, name: "web" }, spec }, opts);
      },
      { enablePatchForce },
    );
  expect((await deployer.up(declare(1, false))).failed).toBe(false);
  // The first update takes the fields over from the creation: from then on they have an owner.
  expect((await deployer.up(declare(2, false))).failed).toBe(false);
  await patch(path, { spec: { minReadySeconds: 7 } });

  const refused = await deployer.up(declare(3, false));
  expect(refused.failed).toBe(true);
  expect(refused.output).toMatch(/another manager owns fields that the program sets: .*\.spec\.minReadySeconds/s);
  expect((await get(path))?.spec.minReadySeconds).toBe(7);
  expect((await deployer.up(declare(3, true))).failed).toBe(false);
  expect((await get(path))?.spec.minReadySeconds).toBe(3);
});

it("a Role that somebody made is imported, and changed from then on", async () => {
  await deployer.up(program(() => undefined));
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`;
  const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" };
  await client.request("POST", role, { body: { ...kind, metadata: { name: "r", namespace }, rules } });
  const declare = (more: object, verbs = ["get"]) =>
    program((opts, metadata) => {
      const given = { metadata: { ...metadata, name: "r" }, rules: rules.map((rule) => ({ ...rule, verbs })) };
      new k8s.rbac.v1.Role("r", given, { ...opts, ...more });
    });
  const imported = await deployer.up(declare({ import: `${namespace}/r` }));
  expect(imported.failed, imported.output).toBe(false);
  expect((await deployer.up(declare({}))).steps).toEqual({});
  expect((await deployer.up(declare({}, ["get", "list"]))).failed).toBe(false);
  expect((await get(`${role}/r`))?.rules[0].verbs).toEqual(["get", "list"]);
});
