import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMANDS, type Facts, gatherFacts, heldBytes, lookAtMachine, type Machine } from "../../sandbox/host/facts";
import { checkout } from "../../sandbox/paths";
import { findProblems, machineProblems, requireNoProblems, stateToGrow } from "../../sandbox/preflight";
import { exec } from "../../sandbox/process";
import { trialDir } from "../../sandbox/removals";

const GIB = 1024 ** 3;
const goodMachine: Machine = {
  platform: "linux",
  arch: "x64",
  root: true,
  commands: new Set(Object.keys(COMMANDS)),
  system: "Debian GNU/Linux 12 (bookworm)",
  debian: true,
};
const without = (...names: string[]) => new Set(Object.keys(COMMANDS).filter((name) => !names.includes(name)));
const good: Facts = {
  memoryAvailable: 12 * GIB,
  cache: { dir: "/cache", device: 1, free: 100 * GIB },
  state: { dir: "/state", device: 2, free: 100 * GIB },
  python: true,
  namespaces: true,
  overlay: true,
  veth: true,
  controllers: new Set(["cpu", "memory", "pids"]),
  range: "10.213.0.0/30",
};
const needs = { embedded: true, cacheBytes: 20 * GIB, stateBytes: 10 * GIB };
const machineNeeds = { embedded: true, root: true, packages: true };
const seen = (change: Partial<Machine>, with_ = machineNeeds) => machineProblems({ ...goodMachine, ...change }, with_);
const problems = (change: Partial<Facts>, with_ = needs) => findProblems({ ...good, ...change }, with_);

describe("this machine", () => {
  const root = process.getuid?.() === 0;
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "lake-facts-"));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it("is looked at without a trace", { timeout: 60_000 }, async () => {
    const about = { dir: join(parent, "default"), range: "10.213.250.0/30", running: false };
    // As root, it goes on from a look that was broken off.
    if (root) mkdirSync(join(trialDir(about.dir), "work", "work"), { recursive: true });
    const facts = await gatherFacts(about);
    expect(facts.state.free).toBeGreaterThan(0);
    expect(facts.memoryAvailable).toBeGreaterThan(0);
    expect((await lookAtMachine()).platform).toBe("linux");
    expect(readdirSync(parent)).toEqual([]);
  });

  // A link of the test's own, in a network namespace that ends with it, which only root makes.
  it.runIf(root)(
    "has addresses that are taken: who holds them is told, with the mend",
    async () => {
      const script = [
        "ip link add taken0 type veth peer name taken1",
        "ip address add 10.213.9.1/30 dev taken0",
        "ip link set taken0 up",
        'exec "$@"',
      ].join(" && ");
      const look = [
        process.execPath,
        "--import",
        "tsx",
        join(__dirname, "look.ts"),
        join(parent, "nine"),
        "10.213.9.0/30",
      ];
      const { stdout } = await exec("unshare", ["--net", "sh", "-c", script, "sh", ...look], { cwd: checkout });
      const { range, rangeHeldBy } = JSON.parse(stdout) as Facts;
      const found = findProblems({ ...good, range, rangeHeldBy }, needs);
      expect(() => requireNoProblems(found)).toThrow(
        /10\.213\.9\.0\/30 are in use: .* taken0\n.*mend: .*--instance NAME/,
      );
    },
    60_000,
  );
});

describe("preflight", () => {
  it("finds nothing on a good machine", () => {
    expect(seen({})).toEqual([]);
    expect(problems({})).toEqual([]);
  });

  const machines: [string, Partial<Machine>, RegExp, RegExp][] = [
    ["another system", { platform: "darwin", commands: new Set(), debian: false }, /darwin/, /Linux/],
    ["another processor", { arch: "riscv64" }, /riscv64/, /x64, arm64/],
    ["no root", { root: false }, /root/, /sudo -v.*--kubeconfig/],
    ["no ip", { commands: without("ip", "unshare") }, /ip, unshare/, /apt-get install iproute2 util-linux/],
    ["another distribution", { system: "Ubuntu 24.04", debian: false }, /Ubuntu 24.04.*bookworm/, /bookworm-security/],
  ];
  it.each(machines)("tells at a glance about %s and its mend", (_, change, what, mend) => {
    const found = seen(change);
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toMatch(what);
    expect(found[0]?.mend).toMatch(mend);
  });

  it("needs root for images that another cluster is to have", () => {
    const found = seen({ root: false }, { embedded: false, root: true, packages: false });
    expect(found.map(({ what }) => what)).toEqual([expect.stringMatching(/^building images needs root/)]);
  });

  it("needs the package of what builds images, and the commands, for images that another cluster is to have", () => {
    const forImages = { embedded: false, root: true, packages: true };
    const found = seen({ debian: false, commands: new Set(["flock", "tar"]) }, forImages);
    expect(found.map(({ what }) => what)).toEqual([
      expect.stringMatching(/runc, which builds images, comes from a package of Debian 12/),
      "not installed: unshare, mount, umount",
    ]);
  });

  it("needs no packages of Debian once they are cached", () => {
    expect(seen({ debian: false }, { ...machineNeeds, packages: false })).toEqual([]);
  });

  const cases: [string, Partial<Facts>, RegExp, RegExp][] = [
    ["little memory", { memoryAvailable: 3 * GIB }, /3\.0 GiB.*7\.0 GiB/, /close programs/],
    [
      "a full cache disk",
      { cache: { dir: "/c", device: 1, free: GIB } },
      /1\.0 GiB.*\/c.*20\.0 GiB/,
      /DRONE_LAKE_CACHE/,
    ],
    ["a full state disk", { state: { dir: "/s", device: 2, free: GIB } }, /\/s.*10\.0 GiB/, /DRONE_LAKE_STATE/],
    ["no python", { python: false }, /python3/, /python3-venv/],
    ["no namespaces", { namespaces: "unshare failed: EPERM" }, /EPERM/, /privileged/],
    ["no overlay", { overlay: "unknown filesystem" }, /unknown filesystem/, /modprobe overlay/],
    ["no veth", { veth: "not supported" }, /not supported/, /modprobe veth/],
    ["no memory controller", { controllers: new Set(["cpu", "pids"]) }, /memory/, /cgroup_enable=memory/],
    ["addresses in use", { rangeHeldBy: "10.213.0.0/30 on the network link dronelake0" }, /dronelake0/, /--instance/],
  ];
  it.each(cases)("tells about %s and its mend", (_, change, what, mend) => {
    const found = problems(change);
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toMatch(what);
    expect(found[0]?.mend).toMatch(mend);
  });

  it("asks less room for an instance that was stopped, by what it holds", async () => {
    const dir = mkdtempSync(join(tmpdir(), "lake-held-"));
    try {
      writeFileSync(join(dir, "image"), Buffer.alloc(3 * 1024 ** 2, 1));
      const held = await heldBytes(dir);
      expect(held).toBeGreaterThanOrEqual(3 * 1024 ** 2);
      expect(stateToGrow(held)).toBe(stateToGrow(0) - held);
    } finally {
      rmSync(dir, { recursive: true });
    }
    expect(await heldBytes(dir)).toBe(0);
    expect(stateToGrow(100 * GIB)).toBe(GIB);
  });

  it("adds up what cache and state need on one disk", () => {
    const disk = { device: 1, free: 25 * GIB };
    const found = problems({ cache: { dir: "/c", ...disk }, state: { dir: "/s", ...disk } });
    expect(found.map(({ what }) => what)).toEqual([expect.stringMatching(/25\.0 GiB is free.*30\.0 GiB/)]);
  });

  it("asks little of a machine that only reaches another cluster", () => {
    const change = { memoryAvailable: GIB, overlay: "no", veth: "no", namespaces: "no" };
    expect(problems(change, { ...needs, embedded: false })).toEqual([]);
    const bare = { root: false, debian: false, commands: new Set(["flock", "tar"]) };
    expect(seen(bare, { embedded: false, root: false, packages: false })).toEqual([]);
  });

  it("tells all problems in one message", () => {
    const found = problems({ python: false, memoryAvailable: GIB });
    expect(() => requireNoProblems(found)).toThrow(/memory.*mend:.*python3-venv/s);
  });
});
