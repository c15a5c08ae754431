import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useCache } from "../../sandbox/cache";
import { down } from "../../sandbox/commands";
import { identify } from "../../sandbox/host/processes";
import { openInstance } from "../../sandbox/instance";
import { cacheDir, stateDir } from "../../sandbox/paths";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lake-down-"));
  vi.stubEnv("DRONE_LAKE_STATE", join(root, "state"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

async function take(options: { purge?: boolean; keepCache?: boolean } = {}): Promise<string[]> {
  const held: (() => void)[] = [];
  try {
    const all = { instance: "one", purge: false, keepCache: false, ...options };
    return await down(all, (release) => held.push(release));
  } finally {
    for (const release of held) release();
  }
}

describe("an instance on somebody else's cluster", () => {
  /** A kubeconfig whose cluster nobody answers for. */
  function openExternal() {
    const kubeconfig = join(root, "kubeconfig");
    const cluster = { name: "c", cluster: { server: "https://127.0.0.1:1" } };
    const context = { name: "c", context: { cluster: "c", user: "u" } };
    const users = [{ name: "u", user: { token: "t" } }];
    writeFileSync(
      kubeconfig,
      JSON.stringify({ kind: "Config", clusters: [cluster], contexts: [context], users, "current-context": "c" }),
    );
    const instance = openInstance("one", { kind: "external", kubeconfig }, new Set());
    mkdirSync(instance.project, { recursive: true });
    return instance;
  }

  it("is left as it is without --purge, which is said", async () => {
    const instance = openExternal();
    expect((await take()).join("\n")).toMatch(/nothing .* runs outside of its cluster.*\n.*--purge/);
    expect(existsSync(join(instance.dir, "instance.json"))).toBe(true);
  });

  it("has no builder left that pushed its images", async () => {
    vi.stubEnv("DRONE_LAKE_CACHE", join(root, "cache"));
    openExternal();
    const home = join(cacheDir(), "buildkit");
    mkdirSync(home, { recursive: true });
    const command = ["-c", "while sleep 1; do :; done", "buildkitd", "--config", join(home, "buildkitd.toml")];
    const builder = spawn("sh", command);
    await take();
    expect(identify(builder.pid!)).toBeUndefined();
  });

  it("goes with --purge although its cluster does not answer, which is said", { timeout: 60_000 }, async () => {
    const instance = openExternal();
    const lines = (await take({ purge: true, keepCache: true })).join("\n");
    expect(lines).toMatch(/does not answer \(.*refused.*\).*was left/);
    expect(lines).toMatch(/everything is removed/);
    expect(existsSync(instance.dir)).toBe(false);
  });
});

describe("what a killed run left", () => {
  it("goes with --purge also before it was written whose it is", async () => {
    mkdirSync(join(stateDir("one"), "logs"), { recursive: true });
    mkdirSync(join(stateDir("one"), "..", ".one.removed.17"));
    await take({ purge: true, keepCache: true });
    expect(readdirSync(join(stateDir("one"), ".."))).toEqual([]);
  });

  it("goes without an instance's data when that was moved aside already", async () => {
    mkdirSync(join(stateDir("one"), "..", ".one.removed.17"), { recursive: true });
    await take();
    expect(readdirSync(join(stateDir("one"), ".."))).toEqual([]);
  });
});

describe("the caches", () => {
  beforeEach(() => {
    vi.stubEnv("DRONE_LAKE_CACHE", join(root, "cache"));
    mkdirSync(join(cacheDir(), "tools", "etcd"), { recursive: true });
  });

  it("go with --purge when there is no instance any more", async () => {
    expect((await take()).join()).toMatch(/nothing to take down/);
    await take({ purge: true, keepCache: true });
    expect(readdirSync(cacheDir())).toEqual(["tools"]);
    await take({ purge: true });
    expect(existsSync(cacheDir())).toBe(false);
  });

  it("stay while another instance uses them", async () => {
    openInstance("two", { kind: "embedded" }, new Set());
    useCache(stateDir("two"));
    await take({ purge: true });
    expect(existsSync(join(cacheDir(), "tools", "etcd"))).toBe(true);
  });
});
