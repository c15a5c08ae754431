import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { env, lake } from "../../sandbox/commands";
import { type Instance, openInstance } from "../../sandbox/instance";
import { embeddedFacts, writeProject } from "../../sandbox/project";
import { Stack } from "../../sandbox/pulumi";
import { QuietReporter, Said } from "./toolchain/helpers";

const patient = { timeout: 120_000 };

describe("an instance's stack", () => {
  let root: string;
  let instance: Instance;
  const step = new Said();
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lake-stack-"));
    vi.stubEnv("DRONE_LAKE_STATE", join(root, "state"));
    instance = openInstance("one", { kind: "embedded" }, new Set());
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  const opened = async () => {
    writeProject(instance, embeddedFacts(instance, {}));
    const stack = await Stack.open(instance, new QuietReporter());
    await stack.select(step);
    return stack;
  };

  it("is said not to be up before it ever was", patient, async () => {
    const message = /"one" is not up yet: npm run sandbox -- --instance one$/;
    await expect(env("one")).rejects.toThrow(message);
    await expect(lake("one", ["upload"])).rejects.toThrow(message);
    writeProject(instance, embeddedFacts(instance, {}));
    await expect(env("one")).rejects.toThrow(message);
    await opened();
    await expect(env("one")).rejects.toThrow(message);
  });

  describe("with the lock of a Pulumi that was killed", () => {
    let others: ChildProcess[];
    beforeEach(() => {
      others = [];
    });
    afterEach(() => {
      for (const other of others) other.kill("SIGKILL");
    });

    function lockBy(pid: number): void {
      const folder = join(instance.backend, ".pulumi", "locks", "organization", "drone-data-lake", "sandbox");
      mkdirSync(folder, { recursive: true });
      const lock = { pid, username: "anna", hostname: hostname(), timestamp: new Date().toISOString() };
      writeFileSync(join(folder, "0.json"), JSON.stringify(lock));
    }

    it("goes on, also when another process has its number now", patient, async () => {
      const stack = await opened();
      lockBy(process.pid);
      await expect(stack.destroy(step)).resolves.toBeUndefined();
    });

    it("waits for one that runs", patient, async () => {
      const stack = await opened();
      const program = join(root, "pulumi");
      copyFileSync("/bin/sleep", program);
      const running = spawn(program, ["600"]);
      others.push(running);
      lockBy(running.pid!);
      await expect(stack.destroy(step)).rejects.toThrow(`pulumi (pid ${running.pid}) works on the stack`);
    });
  });
});
