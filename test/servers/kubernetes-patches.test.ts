import * as k8s from "@pulumi/kubernetes";
import { afterEach, expect, it } from "vitest";
import { client, deployer, get, namespace, patch, program, remove } from "./space";

const name = () => `${namespace}-gpu`;
const path = () => `/api/v1/nodes/${name()}`;
const declare = (labels: Record<string, string>, args: object = {}) =>
  program(
    (opts) =>
      void new k8s.core.v1.NodePatch(
        "gpu",
        {
          metadata: { name: name(), labels },
          spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
        },
        opts,
      ),
    args,
  );
/** Its labels, without those that controllers set. */
const labelsOf = async () =>
  Object.fromEntries(Object.entries((await get(path()))?.metadata.labels ?? {}).filter(([key]) => !key.includes("/")));

function makeNode(labels: Record<string, string>) {
  const body = { apiVersion: "v1", kind: "Node", metadata: { name: name(), labels } };
  return client.request("POST", "/api/v1/nodes", { body });
}

afterEach(() => remove(path()));

it("a patch sets its own fields of an object that is there, mends them, and takes only them back", async () => {
  await makeNode({ theirs: "1" });
  expect((await deployer.preview(declare({ gpu: "yes" }))).failed).toBe(false);
  expect((await deployer.up(declare({ gpu: "yes" }))).failed).toBe(false);
  expect(await labelsOf()).toEqual({ theirs: "1", gpu: "yes" });
  expect((await get(path()))?.spec.taints.map(({ key }: { key: string }) => key)).toContain("nvidia.com/gpu");
  expect((await deployer.up(declare({ gpu: "yes" }))).steps).toEqual({});
  expect((await deployer.refresh()).steps).toEqual({});

  await patch(path(), { metadata: { labels: { gpu: "no" } } });
  const change = { "update kubernetes:core/v1:NodePatch gpu": { "metadata.labels.gpu": "update" } };
  expect((await deployer.refresh()).steps).toEqual(change);
  expect((await deployer.up(declare({ gpu: "yes" }))).steps).toEqual(change);
  await deployer.up(declare({ other: "yes" }));
  expect(await labelsOf()).toEqual({ theirs: "1", other: "yes" });

  await deployer.up(program(() => undefined));
  expect(await labelsOf()).toEqual({ theirs: "1" });
  expect((await get(path()))?.spec.taints ?? []).not.toContainEqual(expect.objectContaining({ value: "present" }));
});

it("a patch makes no object: of one that is not there it says so, and one that has gone it leaves gone", async () => {
  const missing = await deployer.up(declare({ gpu: "yes" }));
  expect(missing.failed).toBe(true);
  expect(missing.output).toContain(`create Node ${name()}: nodes "${name()}" not found`);

  await makeNode({});
  expect((await deployer.up(declare({ gpu: "yes" }))).failed).toBe(false);
  await remove(path());
  expect((await deployer.up(program(() => undefined))).failed).toBe(false);
  expect(await get(path())).toBeUndefined();
});

it("a patch of fields that others own needs the word of the program", async () => {
  await makeNode({ gpu: "theirs" });
  const refused = await deployer.up(declare({ gpu: "yes" }, { enablePatchForce: false }));
  expect(refused.failed).toBe(true);
  expect(refused.output).toContain("another manager owns fields that the program sets");
  expect((await deployer.up(declare({ gpu: "yes" }))).failed).toBe(false);
  expect(await labelsOf()).toEqual({ gpu: "yes" });
});
