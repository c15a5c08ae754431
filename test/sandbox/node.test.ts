import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRunning, isRunning, logFile, start } from "../../sandbox/cluster/daemons";
import { endNode, inNode, makeNode, nodeAlive } from "../../sandbox/cluster/namespaces";
import type { NodeTools } from "../../sandbox/cluster/settings";
import { stopNode } from "../../sandbox/down";
import { identify, membersOf, signal } from "../../sandbox/host/processes";
import { endLeftOverBuildkit } from "../../sandbox/images/buildkit";
import { findInstance, type Instance } from "../../sandbox/instance";
import { isClean, leftovers } from "../../sandbox/leftovers";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import { ConsoleReporter } from "../../sandbox/progress";
import { withLock } from "../../sandbox/toolchain/lock";
import { openTestInstance, sweepTestInstances } from "./test-nodes";

const step = { note: () => {}, log: () => {} };
const report = new ConsoleReporter({ out: { write: () => {} } });
const tools = { path: [], runc: "/usr/bin/true", containerdDir: "/usr/bin", env: {} } as unknown as NodeTools;
const sleeper = { name: "sleeper", command: ["sh", "-c", "echo started; sleep 1000; :"] };

/** How a host answers on a port that nothing listens on. */
function connect(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: 1, timeout: 5000 });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once("timeout", () => resolve("timeout"));
  });
}

function findInstanceIn(state: string, name: string): Instance {
  const own = process.env.DRONE_LAKE_STATE;
  process.env.DRONE_LAKE_STATE = state;
  const found = findInstance(name);
  process.env.DRONE_LAKE_STATE = own;
  return found!;
}

// Namespaces of the whole machine can only be made by root, as which the sandbox runs.
describe.runIf(process.getuid?.() === 0)("a node's namespaces", () => {
  let root: string;
  let instance: Instance;
  const refresh = (changed: Instance) => {
    instance = changed;
    return instance;
  };

  beforeAll(async () => {
    ({ root, instance } = await openTestInstance());
    await sweepTestInstances(report);
  });
  afterAll(async () => {
    await stopNode(instance, report);
    delete process.env.DRONE_LAKE_STATE;
    delete process.env.DRONE_LAKE_CACHE;
    rmSync(root, { recursive: true, force: true });
  });

  it("has a network, name, /run and /var of its own, while the host's stay as they are", async () => {
    const name = hostname();
    const routes = await exec("ip", ["route", "show", "default"]);
    refresh(await makeNode(instance, step));
    const inside = async (...command: string[]) => (await inNode(instance, command)).stdout.trim();
    expect(await inside("hostname")).toBe(instance.nodeName);
    expect(await inside("ip", "route", "show", "default")).toBe("");
    expect(await inside("cat", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/panic")).toBe("1\n10");
    await inside("sh", "-c", "touch /run/of-the-node /var/lib/of-the-node");
    expect(existsSync("/run/of-the-node") || existsSync("/var/lib/of-the-node")).toBe(false);
    expect(existsSync(join(instance.nodeDir, "var", "lib", "of-the-node"))).toBe(true);
    expect(await connect(instance.nodeAddress)).toBe("ECONNREFUSED");
    expect(hostname()).toBe(name);
    expect((await exec("ip", ["route", "show", "default"])).stdout).toBe(routes.stdout);
  });

  it("starts a component once, and tells its last words when it ends", async () => {
    await start(instance, sleeper, tools, step);
    await start(instance, sleeper, tools, step);
    expect(isRunning(instance, sleeper)).toBe(true);
    while (!readFileSync(logFile(instance, "sleeper"), "utf8")) await new Promise((done) => setTimeout(done, 20));
    const members = () =>
      membersOf(instance.record.node!.pid).filter(({ command }) => command.startsWith("sh -c echo started"));
    // Its own child looks like it until it has turned into `sleep`.
    await expect.poll(members).toHaveLength(1);
    expect(readFileSync(logFile(instance, "sleeper"), "utf8")).toBe("started\n");
    expect((await leftovers(instance)).cgroups.length).toBeGreaterThan(0);
    const id = identify(members()[0]!.pid)!;
    signal(id, "SIGKILL");
    while (isRunning(instance, sleeper)) await new Promise((done) => setTimeout(done, 20));
    expect(() => checkRunning(instance, [sleeper])).toThrow(/sleeper ended[\s\S]*\| started/);
  });

  it("keeps hold of a component when its start is interrupted", async () => {
    // All else in the node is told to end, whoever starts the component among it if it still does.
    for (let round = 0; round < 15; round++) {
      const harsh = { name: `harsh-${round}`, command: ["sh", "-c", "kill -TERM -1; sleep 1000; :"] };
      await start(instance, harsh, tools, step);
      expect(isRunning(instance, harsh)).toBe(true);
    }
  });

  it("starts nothing that it would lose, when the disk is full, and does not wait for it", {
    timeout: 20_000,
  }, async () => {
    const pids = join(instance.nodeDir, "pids");
    const fill = `mount -t tmpfs -o size=4k tmpfs "$0"; head -c 4096 /dev/zero > "$0/rest"`;
    await inNode(instance, ["sh", "-c", fill, pids]);
    try {
      const lost = { name: "lost", command: ["sh", "-c", "sh -c 'sleep 1000; : lost'; : lost"] };
      await expect(start(instance, lost, tools, step)).rejects.toThrow(
        /pids\/lost cannot be written: the disk may be full/,
      );
      expect(isRunning(instance, lost)).toBe(false);
      const commands = () => membersOf(instance.record.node!.pid).map(({ command }) => command);
      // A process that was killed is there until the kernel comes to it.
      const lostOnes = () => commands().filter((command) => command.includes("lost"));
      await expect.poll(lostOnes, { timeout: 10_000 }).toEqual([]);
    } finally {
      await inNode(instance, ["umount", pids]);
    }
  });

  it("is found and ended without its record, as when the runner was killed before it wrote one", async () => {
    const before = instance.record.node!;
    const forgotten = refresh(instance.with({ node: undefined }));
    refresh(await makeNode(forgotten, step));
    expect(identify(before.pid)?.start).not.toBe(before.start);
    expect(nodeAlive(instance)).toBe(true);
  });

  it("is taken down with a BuildKit that a killed run left, but not with one that another run uses", async () => {
    const home = join(process.env.DRONE_LAKE_CACHE!, "buildkit");
    const settings = join(home, "buildkitd.toml");
    const secret = join(home, "scratch", "secrets-1", "pip");
    mkdirSync(dirname(secret), { recursive: true });
    writeFileSync(secret, "[global]\n");
    const wait = "while sleep 1; do :; done";
    const daemon = spawn("sh", ["-c", wait, "buildkitd", "--config", settings]);
    const reader = spawn("tail", ["-f", "/dev/null", settings], { stdio: "ignore" });
    const builders = async () => (await leftovers(instance)).processes.filter((process) => process.includes(settings));
    await withLock(
      join(home, "lock"),
      () => {},
      async () => {
        expect(await builders()).toEqual([]);
        await endLeftOverBuildkit();
        expect(identify(daemon.pid!)).toBeDefined();
        expect(existsSync(secret)).toBe(true);
      },
    );
    expect(await builders()).toHaveLength(1);
    await endLeftOverBuildkit();
    expect(identify(daemon.pid!)).toBeUndefined();
    expect(await builders()).toEqual([]);
    expect(existsSync(secret)).toBe(false);
    expect(identify(reader.pid!)).toBeDefined();
    reader.kill();
  });

  it("is taken down by a later run of the tests, when this one is killed", { timeout: 60_000 }, async () => {
    const run = spawn(process.execPath, ["--import", "tsx", join(__dirname, "node-run.ts")], {
      cwd: checkout,
      // The last stands for what a caller waits on, and must not be kept open by the node.
      stdio: ["ignore", "pipe", "inherit", "pipe"],
    });
    const held = run.stdio[3] as Readable;
    const closed = new Promise((resolve) => held.once("close", resolve).resume());
    const said = await new Promise<string>((resolve) => run.stdout!.once("data", (chunk) => resolve(String(chunk))));
    const folder = said.trim();
    const left = findInstanceIn(folder, `t${run.pid}`);
    expect(await sweepTestInstances(report)).toEqual([]);
    const ended = new Promise((resolve) => run.once("exit", resolve));
    run.kill("SIGKILL");
    await Promise.all([ended, closed]);
    expect(nodeAlive(left)).toBe(true);
    expect(await sweepTestInstances(report)).toEqual([folder]);
    expect(isClean(await leftovers(left))).toBe(true);
  });

  it("leaves nothing but its data, and can be taken down twice", async () => {
    expect(await endNode(instance)).toBe(true);
    for (let round = 0; round < 2; round++) {
      refresh(await stopNode(instance, report));
      const left = await leftovers(instance);
      expect(isClean({ ...left, dirs: [] })).toBe(true);
      expect(left.dirs).toEqual([instance.dir]);
    }
  });
});
