/** What somebody changes by hand on real servers, seen, told apart and mended. */
import type { Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { checkDrift, type Result } from "../../drift/check";
import { asJson, asText, EXIT, exitCode } from "../../drift/report";
import { type Change, changes, mc, psql } from "./drift-changes";
import { client, namespace, node, program, secret } from "./drift-lake";
import { Passage } from "./passage";
import { Deployer } from "./stack";
import { make, makeNode } from "./tekton-server";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const store = inject("minio");
const entries = Object.entries(changes);
const silent = ["test is as its last update left it."];
const nodePath = `/api/v1/nodes/${node}`;
let deployer: Deployer;

beforeAll(async () => {
  await make(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await makeNode(client, node, { "nvidia.com/gpu": "1" });
  deployer = await Deployer.create(["kubernetes", "minio", "postgresql", "random"]);
  const { failed, output } = await deployer.up(program);
  expect(failed, output).toBe(false);
  // As the migrations do, which let nobody else write their ledger.
  await psql(
    "SET ROLE drift_owner; CREATE TABLE detections.finding (id int); CREATE TABLE detections.migration (id int)",
  );
  await psql("REVOKE INSERT, UPDATE, DELETE ON detections.migration FROM detections_write");
});

afterAll(async () => {
  mc("admin", "user", "remove", "hand", "mallory");
  mc("admin", "group", "remove", "hand", "friends");
  const { failed, output } = await deployer.destroy();
  deployer.remove();
  await psql("DROP ROLE mallory", "postgres");
  for (const path of [nodePath, `/api/v1/namespaces/${namespace}`]) await client.request("DELETE", path);
  client.close();
  expect(failed, output).toBe(false);
});

const check = (options = {}) => checkDrift(deployer.stack, options);

/** The stack as plugins would leave it that see no drift at all. `refresh` is what happens while they look. */
function blind({ refresh = async () => {}, at = store.endpoint } = {}): Stack {
  const exportStack = async () => {
    const { deployment, ...rest } = await deployer.stack.exportStack();
    return { ...rest, deployment: JSON.parse(JSON.stringify(deployment).replaceAll(store.endpoint, at)) };
  };
  return { exportStack, previewRefresh: refresh } as unknown as Stack;
}

/** What was found, by the names of the things. */
function found(drifts: Result["drifts"]) {
  return Object.fromEntries(
    drifts.map(({ name, differences, mend }) => [name, { paths: differences.map(({ path }) => path), mend }]),
  );
}

/** What a refresh does not see of the changes. */
const unseen = entries.flatMap(([, { name, unseen }]) => (unseen ? [name] : [])).sort();
const names = (drifts: Result["drifts"]) => drifts.map(({ name }) => name).sort();

async function changeEverything(): Promise<void> {
  for (const [, { make }] of entries) await make();
}

it("is silent while nothing was changed, also where others added to what the stack patches", async () => {
  const { spec } = await client.request<{ spec: { taints: object[] } }>("GET", nodePath);
  const taints = [...spec.taints, { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }];
  const body = { spec: { taints } };
  await client.request("PATCH", nodePath, { body, contentType: "application/merge-patch+json" });
  const result = await check();
  expect(asText("test", result)).toEqual(silent);
  expect(exitCode(result)).toBe(EXIT.none);
  for (let look = 2; look <= 10; look++) expect(asText("test", await checkDrift(blind()))).toEqual(silent);
});

describe("after everything was changed by hand", () => {
  let result: Result;
  beforeAll(async () => {
    await changeEverything();
    result = await check();
  });

  it.each(entries)("sees %s, and says who mends it", (_, { name, paths, unseen }: Change) => {
    const mend = unseen ? "drift" : "pulumi";
    expect(found(result.drifts)[name]).toEqual({ paths: expect.arrayContaining([...paths]), mend });
  });

  it("names nothing else, and shows no secret", async () => {
    expect(names(result.drifts)).toEqual(entries.map(([, { name }]) => name).sort());
    expect(exitCode(result)).toBe(EXIT.drift);
    const report = `${asText("test", result).join("\n")}${asJson("test", result)}`;
    expect(report).toContain('data["secret.json"]: is "[secret]", should be "[secret]"');
    for (const text of [secret, Buffer.from(secret).toString("base64"), "another word", "YW5vdGhlciB3b3Jk"])
      expect(report).not.toContain(text);
  });

  it("puts back what Pulumi does not see, and nothing else", async () => {
    const { mended, drifts } = await check({ mend: true });
    expect(names(mended)).toEqual(unseen);
    expect(names(drifts)).toEqual(names(result.drifts).filter((name) => !unseen.includes(name)));
    expect(mc("admin", "user", "info", "hand", "drone-operator")).toMatch(/PolicyName: *$/m);
    expect(await psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'")).toEqual([{ rolsuper: false }]);
  });

  it("is silent after the command that mends the others", async () => {
    const { failed, output } = await deployer.up(program, { refresh: true });
    expect(failed, output).toBe(false);
    expect(asText("test", await check())).toEqual(silent);
    expect(mc("anonymous", "get", "hand/drone-raw")).toMatch(/custom|private/);
    expect(mc("admin", "user", "info", "hand", "stagiair")).toMatch(/Status: enabled/);
    expect(await psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'stagiair'")).toEqual([{ rolsuper: false }]);
  });
});

describe("with plugins that see nothing", () => {
  const deleted = changes["a NetworkPolicy deleted"]!.name;

  it("sees and mends everything by itself, but what must be made anew", async () => {
    await changeEverything();
    const { mended, drifts } = await checkDrift(blind(), { mend: true });
    const others = entries.map(([, { name }]) => name).filter((name) => name !== deleted);
    expect(names(mended)).toEqual(others.sort());
    expect(found(drifts)).toEqual({ [deleted]: { paths: [], mend: "pulumi" } });
  });

  it("compares nothing while a server does not answer", async () => {
    const refresh = () => Promise.reject(new Error("nobody may look"));
    const result = await checkDrift(blind({ refresh, at: "127.0.0.1:1" }), { mend: true });
    expect(result).toMatchObject({ drifts: [], mended: [] });
    expect(result.health.map(({ kind, problem }) => [kind, problem !== undefined])).toEqual(
      expect.arrayContaining([
        ["kubernetes", false],
        ["minio", true],
        ["postgresql", false],
      ]),
    );
    expect(exitCode(result)).toBe(EXIT.unhealthy);
    expect(asText("test", result).join("\n")).toMatch(/FAIL {2}minio at http:\/\/127.0.0.1:1: .*ECONNREFUSED/);
  });

  it("takes back what it saw when a server stopped answering meanwhile", async () => {
    const [host, port] = store.endpoint.split(":") as [string, string];
    const passage = await Passage.to(host, Number(port));
    const result = await checkDrift(blind({ refresh: () => passage.cut(), at: `127.0.0.1:${passage.port}` }));
    expect(result.drifts).toEqual([]);
    expect(exitCode(result)).toBe(EXIT.unhealthy);
  });
});
