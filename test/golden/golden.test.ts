import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import { environments, recordEnvironment } from "../components/environments";
import { dump, dumpFolder, writeDump } from "./dump";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drone-lake-golden-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(environments)(
  "%s declares what its dump in the repository says, and no secret is in it",
  async (environment) => {
    vi.resetModules();
    const files = dump(await recordEnvironment(environment));
    expect([...files.values()].join("")).not.toMatch(/(password|secret)-of-/);

    await writeDump(files, join(folder, environment));
    const args = ["-ruN", relative(checkout, dumpFolder(environment)), join(folder, environment)];
    const { stdout } = await exec("diff", args, { cwd: checkout, allowed: [0, 1] });
    const stale = `test/golden/${environment} is not what the program declares: run \`npm run golden\` and review the difference`;
    if (stdout) throw new Error(`${stale}\n${stdout}`);
  },
  120_000,
);
