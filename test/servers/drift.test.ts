/** What somebody changes by hand on real servers, seen, told apart and mended. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { checkDrift, type Result } from "../../drift/check";
import { asJson, asText, EXIT, exitCode } from "../../drift/report";
import { type Change, changes, mc, psql } from "./drift-changes";
import { client, namespace, node, program, secret } from "./drift-lake";
import { Deployer } from "./stack";
import { make, makeNode } from "./tekton-server";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let deployer: Deployer;
const entries = Object.entries(changes);
const check = (options = {}) => checkDrift(deployer.stack, options);

beforeAll(async () => {
  await make(client, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await makeNode(client, node, { "nvidia.com/gpu": "1" });
  deployer = await Deployer.create(["kubernetes", "minio", "postgresql", "random"]);
  const { failed, output } = await deployer.up(program);
  expect(failed, output).toBe(false);
  await psql("SET ROLE drift_owner; CREATE TABLE detections.finding (id int)");
});

afterAll(async () => {
  const { failed, output } = await deployer.destroy();
  deployer.remove();
  await client.request("DELETE", `/api/v1/nodes/${node}`);
  await client.request("DELETE", `/api/v1/namespaces/${namespace}`);
  client.close();
  mc("admin", "user", "remove", "hand", "mallory");
  mc("admin", "group", "remove", "hand", "friends");
  await psql("DROP ROLE mallory", "postgres");
  expect(failed, output).toBe(false);
});

/** What was found, by the names of the things. */
function found({ drifts }: Pick<Result, "drifts">) {
  return Object.fromEntries(
    drifts.map(({ name, differences, mend }) => [name, { paths: differences.map(({ path }) => path), mend }]),
  );
}

it("is silent while nothing was changed", async () => {
  const result = await check();
  expect(asText("test", result)).toEqual(["test is as its last update left it."]);
  expect(exitCode(result)).toBe(EXIT.none);
});

describe("after everything was changed by hand", () => {
  let result: Result;
  beforeAll(async () => {
    for (const [, { make }] of entries) await make();
    result = await check();
    console.log(asText("test", result).join("\n"));
  });

  it.each(entries)("sees %s, and says who mends it", (_, { name, paths, unseen }: Change) => {
    expect(found(result)[name]).toEqual({
      paths: expect.arrayContaining([...paths]),
      mend: unseen ? "drift" : "pulumi",
    });
  });
});
