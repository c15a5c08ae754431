import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { env, lake } from "../../sandbox/commands";
import { isAlive } from "../../sandbox/host/processes";
import { type Instance, openInstance } from "../../sandbox/instance";
import { embeddedFacts, writeProject } from "../../sandbox/project";
import { Stack } from "../../sandbox/pulumi";
import { endPulumi, pulumisAtWork, waitForPulumi } from "../../sandbox/stack-lock";
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
    await expect(lake("one", ["upload"], root)).rejects.toThrow(message);
    writeProject(instance, embeddedFacts(instance, {}));
    await expect(env("one")).rejects.toThrow(message);
    await opened();
    await expect(env("one")).rejects.toThrow(message);
  });

  it("is destroyed also when a run was broken off before it made one", patient, async () => {
    writeProject(instance, embeddedFacts(instance, {}));
    const stack = await Stack.open(instance, new QuietReporter());
    await expect(stack.destroy(step)).resolves.toBeUndefined();
  });

  it("goes on after a Pulumi that was killed while it wrote", patient, async () => {
    const first = await opened();
    const file = join(instance.backend, ".pulumi", "stacks", "drone-data-lake", "sandbox.json");
    writeFileSync(`${file}.attrs`, "");
    writeFileSync(`${file}.18eb539af3d033f5.tmp`, '{"version":3,"chec');
    await expect(first.exec(["stack", "export"])).rejects.toThrow("failed to load checkpoint");
    const stack = await opened();
    await expect(stack.exec(["stack", "export"])).resolves.toMatchObject({ code: 0 });
    writeFileSync(`${file}.attrs`, "");
    await expect(stack.destroy(step)).resolves.toBeUndefined();
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each([
    ["whose number another process has now", JSON.stringify(lockOf(process.pid))],
    ["whose lock was cut off", '{"pid":'],
  ])("goes on after a Pulumi that was killed, %s", patient, async (_, lock) => {
    const stack = await opened();
    writeLock(instance, lock);
    await expect(stack.destroy(step)).resolves.toBeUndefined();
  });
});

describe("a Pulumi that works on the stack", () => {
  let root: string;
  let instance: Instance;
  let pulumi: ChildProcess;
  const step = new Said();
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lake-stack-"));
    vi.stubEnv("DRONE_LAKE_STATE", join(root, "state"));
    instance = openInstance("one", { kind: "embedded" }, new Set());
    const program = join(root, "pulumi");
    copyFileSync("/bin/sleep", program);
    pulumi = spawn(program, ["600"]);
    writeLock(instance, JSON.stringify(lockOf(pulumi.pid!)));
  });
  afterEach(() => {
    pulumi.kill("SIGKILL");
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  it("is waited for, since it was told to end with its run", async () => {
    setTimeout(() => pulumi.kill("SIGTERM"), 300);
    await waitForPulumi(instance, step);
    expect(step.notes.join()).toContain(`waiting for pulumi (pid ${pulumi.pid})`);
    expect(pulumisAtWork(instance)).toEqual([]);
  });

  it("is told about when it goes on, as a person's own does", async () => {
    await expect(waitForPulumi(instance, step, 100)).rejects.toThrow(
      `pulumi (pid ${pulumi.pid}) works on the stack: wait for it, or end it with: kill -INT ${pulumi.pid}`,
    );
  });

  it("is ended when everything is taken down", async () => {
    const [id] = pulumisAtWork(instance);
    await endPulumi(instance, step);
    expect(isAlive(id!)).toBe(false);
  });
});

function lockOf(pid: number) {
  return { pid, username: "anna", hostname: hostname(), timestamp: new Date().toISOString() };
}

function writeLock(instance: Instance, text: string): void {
  const folder = join(instance.backend, ".pulumi", "locks", "organization", "drone-data-lake", "sandbox");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "0.json"), text);
}
