import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readStackFile } from "../../config/stack-file";
import { parseOptions, UsageError } from "../../doctor/args";
import { type Check, type Context, fail, ok, warn } from "../../doctor/check";
import { ClusterReader } from "../../doctor/cluster";
import { failed, report } from "../../doctor/report";
import { runChecks } from "../../doctor/run";
import { ApiError, Client, UnreachableError } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import { readSettings } from "../../plugins/kubernetes/settings";
import { environment } from "../config/values";
import { freePort } from "../servers/processes";

/** A context with a server that nobody runs, or whose version alone is known. */
async function context(answers: boolean): Promise<Context> {
  const server = `http://127.0.0.1:${await freePort()}`;
  const kubeconfig = JSON.stringify({
    ...{ clusters: [{ name: "c", cluster: { server } }], contexts: [{ name: "c", context: { cluster: "c" } }] },
    "current-context": "c",
  });
  const cluster = new ClusterReader(new Client(connect(readSettings({ kubeconfig: `${kubeconfig}\n` }, {}))));
  if (answers) cluster.get = async () => ({ gitVersion: "v1.34.1" }) as never;
  return { environment: environment(), cluster };
}

const check = (title: string, asksCluster: boolean, run: Check["run"]): Check => ({ title, asksCluster, run });

test("the list has a line for each finding, with its mend below, and fails for a failure alone", async () => {
  const warned = await runChecks(
    [
      check("colour", false, async () => [ok("blue")]),
      check("size", true, async () => [warn("small", "take a larger one")]),
      check("not needed", true, async () => []),
    ],
    await context(true),
  );
  expect(report(warned).slice(1)).toEqual([
    "  ok    colour: blue",
    "  warn  size: small",
    "        mend: take a larger one",
    "",
    "1 warning; nothing was changed.",
  ]);
  expect(failed(warned)).toBe(false);
  const broken = await runChecks([check("size", true, async () => [fail("none", "get one")])], await context(true));
  expect(report(broken)).toContain("  FAIL  size: none");
  expect(failed(broken)).toBe(true);
});

test("without a cluster that answers, the rest is looked at all the same", async () => {
  const asked: string[] = [];
  const note = (title: string, asksCluster: boolean) =>
    check(title, asksCluster, async () => {
      asked.push(title);
      return [ok("fine")];
    });
  const results = await runChecks([note("nodes", true), note("address", false)], await context(false));
  expect(asked).toEqual(["address"]);
  expect(results[0]!.findings).toMatchObject([
    { level: "fail", what: expect.stringMatching(/^it does not answer: .*ECONNREFUSED/) },
  ]);
});

test("what may not be read is a doubt, a server that is lost a failure, and a fault of ours is thrown", async () => {
  const at = await context(true);
  const results = await runChecks(
    [
      check("nodes", true, async () => Promise.reject(new ApiError(403, "Forbidden", "nodes is forbidden"))),
      check("classes", true, async () => Promise.reject(new UnreachableError("reset"))),
    ],
    at,
  );
  expect(results.flatMap(({ findings }) => findings.map(({ level }) => level))).toEqual(["ok", "warn", "fail"]);
  const fault = check("fault", true, async () => Promise.reject(new TypeError("x is undefined")));
  await expect(runChecks([fault], at)).rejects.toThrow(TypeError);
});

test("the command takes one stack and the folder of its file", () => {
  expect(parseOptions(["prod"], "/here")).toEqual({ stack: "prod", folder: "/here" });
  expect(parseOptions(["prod", "--cwd", "/there"], "/here")).toEqual({ stack: "prod", folder: "/there" });
  expect(parseOptions(["--help"], "/here")).toBeUndefined();
  for (const wrong of [[], ["a", "b"], ["prod", "--fix"]])
    expect(() => parseOptions(wrong, "/here")).toThrow(UsageError);
});

test("a stack's file is read without Pulumi, and what it keeps encrypted is not shown", () => {
  const folder = mkdtempSync(join(tmpdir(), "lake-stack-"));
  try {
    const file = `config:
  kubernetes:context: x
  drone-data-lake:protect: false
  drone-data-lake:saved: "true"
  drone-data-lake:codeVersion: "1.0"
  drone-data-lake:kms: { keys: [{ secure: "v1:abc" }] }
`;
    writeFileSync(join(folder, "Pulumi.acceptance.yaml"), file);
    expect(readStackFile(folder, "acceptance")).toEqual({
      protect: false,
      // As Pulumi writes a plain value anew.
      saved: true,
      codeVersion: "1.0",
      kms: { keys: ["(encrypted)"] },
    });
    expect(() => readStackFile(folder, "prod")).toThrow(/there is no .*Pulumi\.prod\.yaml; stacks .*: acceptance$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
