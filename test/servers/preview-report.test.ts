/** Reports of prepared changes by the real engine, compared with files that a person has read. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { readStackFile } from "../../config/stack-file";
import { engineEnv } from "../../report/engine";
import { markdown } from "../../report/markdown";
import { PACK, previewStack } from "../../report/preview";
import { rehearsed, withoutCluster } from "../../report/rehearsal/state";
import { reportOf } from "../../report/report";
import { addLocalPlugin } from "../../sandbox/toolchain/plugins";
import { begin, type Prepared, prepared } from "../report/prepared";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 1_200_000 });
const STACK = "prod";
const folder = mkdtempSync(join(tmpdir(), "preview-report-"));
const { root, home } = inject("pulumi");
const installation = { root, home, local: [] };

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

/** A stack of this program, on the state in the folder. */
async function stackOf({ values: change, resources }: Partial<Prepared>, env: Record<string, string>): Promise<Stack> {
  const values = readStackFile(resolve(__dirname, "../.."), STACK);
  begin(values);
  change?.(values);
  const backend = `file://${folder}`;
  const stack = await LocalWorkspace.createOrSelectStack(
    { projectName: "drone-data-lake", stackName: STACK, program: program(resources) },
    {
      pulumiCommand: await PulumiCommand.get({ root }),
      projectSettings: { name: "drone-data-lake", runtime: "nodejs", backend: { url: backend } },
      envVars: { ...engineEnv(installation), PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: "test", ...env },
    },
  );
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const config = Object.entries(values).map(([key, value]) => [`drone-data-lake:${key}`, { value: text(value) }]);
  await stack.setAllConfig(Object.fromEntries(config));
  return stack;
}

beforeAll(async () => {
  for (const name of ["kubernetes", "minio", "postgresql", "random"] as const) await addLocalPlugin(home, name);
  // The inline program runs in this process.
  process.env.DRONE_LAKE_REHEARSAL = "1";
  await rehearsed(installation, folder, async (env) => {
    await (await stackOf({}, env)).up({ color: "never" });
  });
});
afterAll(() => {
  delete process.env.DRONE_LAKE_REHEARSAL;
  rmSync(folder, { recursive: true, force: true });
});

it.each(Object.entries(prepared))("%s", async (name, change) => {
  const stack = await stackOf(change, withoutCluster(folder));
  const report = reportOf("what was deployed", [await previewStack(stack, folder, change.policies ? [PACK] : [])]);
  expect([...new Set(report.stacks[0]!.dangers.map(({ rule }) => rule))]).toEqual(change.dangers);
  expect(report.outcome).toBe(change.outcome);
  await expect(markdown(report)).toMatchFileSnapshot(`../report/golden/${name}.md`);
});
