/**
 * Reports of prepared changes by the real engine, compared with files that a person has read. Where a component changes what they
 * tell, `npx vitest run --project servers test/servers/preview-report.test.ts -u` writes them anew, and `git diff` shows how.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { readStackFile } from "../../config/stack-file";
import { engineEnv } from "../../report/engine";
import { markdown } from "../../report/markdown";
import { PACK, previewStack } from "../../report/preview";
import { rehearsed, withoutCluster } from "../../report/rehearsal/state";
import { reportOf } from "../../report/report";
import { addLocalPlugin } from "../../sandbox/toolchain/plugins";
import { begin, type Prepared, prepared } from "../report/prepared";
import { pulumiWithHost } from "./plain-pulumi";
import { unasked } from "./stack";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 1_200_000 });
const STACK = "prod";
const folder = mkdtempSync(join(tmpdir(), "preview-report-"));
const { home } = inject("pulumi");

/** The real program, with what a change does to some of its resources. */
function program(resources: Prepared["resources"] = {}) {
  return async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      resources[`${type} ${name}`]?.(props, opts);
      return { props, opts };
    });
    vi.resetModules();
    await import("../../index.js");
  };
}

let stack: Stack;

/** Has the stack run the program with what a change does to its file and to its resources. */
function make({ values: change, resources }: Partial<Prepared>): void {
  const values = readStackFile(resolve(__dirname, "../.."), STACK);
  begin(values);
  change?.(values);
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`drone-data-lake:${key}`, value]));
  const file = join(folder, `Pulumi.${STACK}.yaml`);
  writeFileSync(file, stringify({ ...parse(readFileSync(file, "utf8")), config }));
  stack.workspace.program = program(resources);
}

beforeAll(async () => {
  for (const name of ["kubernetes", "minio", "postgresql", "random"] as const) await addLocalPlugin(home, name);
  const root = await pulumiWithHost(join(folder, "root"));
  const installation = { root, home, local: [] };
  const backend = `file://${folder}`;
  stack = await LocalWorkspace.createStack(
    { projectName: "drone-data-lake", stackName: STACK, program: program() },
    {
      workDir: folder,
      pulumiCommand: await PulumiCommand.get({ root }),
      projectSettings: { name: "drone-data-lake", runtime: "nodejs", backend: { url: backend } },
      envVars: { ...engineEnv(installation), PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: "test" },
    },
  );
  unasked(stack);
  // The inline program runs in this process.
  process.env.DRONE_LAKE_REHEARSAL = "1";
  make({});
  const before = stack.workspace.envVars;
  await rehearsed(installation, folder, async (env) => {
    stack.workspace.envVars = { ...before, ...env };
    await stack.up({ color: "never" });
  });
  stack.workspace.envVars = { ...before, ...withoutCluster(folder) };
});
afterAll(() => {
  delete process.env.DRONE_LAKE_REHEARSAL;
  rmSync(folder, { recursive: true, force: true });
});

it.each(Object.entries(prepared))("%s", async (name, change) => {
  make(change);
  const report = reportOf("what was deployed", [await previewStack(stack, folder, change.policies ? [PACK] : [])]);
  expect([...new Set(report.stacks[0]!.dangers.map(({ rule }) => rule))]).toEqual(change.dangers);
  expect(report.outcome).toBe(change.outcome);
  // How much there is that stays as it is changes with every component that is added.
  Object.assign(report.stacks[0]!.counts, { same: 0 });
  await expect(markdown(report)).toMatchFileSnapshot(`../report/golden/${name}.md`);
});
