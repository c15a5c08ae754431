import { describe, expect, it } from "vitest";
import type { Facts } from "../../sandbox/host/facts";
import { findProblems, requireNoProblems } from "../../sandbox/preflight";

const GIB = 1024 ** 3;
const good: Facts = {
  platform: "linux",
  arch: "x64",
  root: true,
  memoryAvailable: 12 * GIB,
  cache: { dir: "/cache", device: 1, free: 100 * GIB },
  state: { dir: "/state", device: 2, free: 100 * GIB },
  commands: new Set(["ip", "unshare", "nsenter", "mount"]),
  python: true,
  namespaces: true,
  overlay: true,
  veth: true,
  controllers: new Set(["cpu", "memory", "pids"]),
  range: "10.213.0.0/30",
};
const needs = { embedded: true, cacheBytes: 20 * GIB, stateBytes: 10 * GIB };
const problems = (change: Partial<Facts>, with_ = needs) => findProblems({ ...good, ...change }, with_);

describe("preflight", () => {
  it("finds nothing on a good machine", () => {
    expect(problems({})).toEqual([]);
  });

  const cases: [string, Partial<Facts>, RegExp, RegExp][] = [
    ["another system", { platform: "darwin" }, /darwin/, /Linux/],
    ["another processor", { arch: "riscv64" }, /riscv64/, /x64, arm64/],
    ["no root", { root: false }, /root/, /sudo -v.*--kubeconfig/],
    ["little memory", { memoryAvailable: 3 * GIB }, /3\.0 GiB.*7\.0 GiB/, /close programs/],
    [
      "a full cache disk",
      { cache: { dir: "/c", device: 1, free: GIB } },
      /1\.0 GiB.*\/c.*20\.0 GiB/,
      /DRONE_LAKE_CACHE/,
    ],
    ["a full state disk", { state: { dir: "/s", device: 2, free: GIB } }, /\/s.*10\.0 GiB/, /DRONE_LAKE_STATE/],
    ["no ip", { commands: new Set(["unshare", "nsenter", "mount"]) }, /ip/, /apt-get install iproute2/],
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

  it("adds up what cache and state need on one disk", () => {
    const disk = { device: 1, free: 25 * GIB };
    const found = problems({ cache: { dir: "/c", ...disk }, state: { dir: "/s", ...disk } });
    expect(found.map(({ what }) => what)).toEqual([expect.stringMatching(/25\.0 GiB is free.*30\.0 GiB/)]);
  });

  it("asks little of a machine that only reaches another cluster", () => {
    const change = {
      root: false,
      memoryAvailable: GIB,
      overlay: "no",
      veth: "no",
      namespaces: "no",
      commands: new Set<string>(),
    };
    expect(problems(change, { ...needs, embedded: false })).toEqual([]);
  });

  it("tells all problems in one message", () => {
    const found = problems({ python: false, memoryAvailable: GIB, commands: new Set() });
    expect(() => requireNoProblems(found)).toThrow(/memory.*mend:.*iproute2 util-linux mount.*python3-venv/s);
  });
});
