import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cacheDir, stateDir } from "../../sandbox/paths";
import { handBack, sudoArguments } from "../../sandbox/sudo";

describe("running as root through sudo", () => {
  it("passes settings on by name, so that no value is in a command line that everybody can read", () => {
    const env = {
      PATH: "/opt/go/bin:/usr/bin",
      HOME: "/home/anna",
      INIT_CWD: "/home/anna/photos",
      PIP_INDEX_URL: "https://user:word@example.org/simple",
      https_proxy: "http://user:word@proxy.example.org",
      DRONE_LAKE_STATE: "/data/state",
      LD_PRELOAD: "/tmp/x.so",
    };
    const [first, names, ...rest] = sudoArguments(env, ["node", "main.ts", "down"]);
    expect(first).toBe("--non-interactive");
    expect(names).toBe("--preserve-env=INIT_CWD,PIP_INDEX_URL,https_proxy,DRONE_LAKE_STATE");
    // sudo sets these two itself, whatever it is told to keep.
    expect(rest).toEqual(["env", "PATH=/opt/go/bin:/usr/bin", "HOME=/home/anna", "node", "main.ts", "down"]);
  });
});

// Only root has files to give away.
describe.runIf(process.getuid?.() === 0)("what root made in a person's home", () => {
  const uid = 12345;
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "lake-home-"));
    chownSync(home, uid, uid);
    vi.stubEnv("HOME", home);
    vi.stubEnv("SUDO_UID", String(uid));
    vi.stubEnv("SUDO_GID", String(uid));
    for (const name of ["DRONE_LAKE_CACHE", "DRONE_LAKE_STATE", "XDG_CACHE_HOME", "XDG_STATE_HOME"])
      vi.stubEnv(name, "");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  });

  function file(...path: string[]): string {
    const name = join(...path);
    mkdirSync(join(name, ".."), { recursive: true });
    writeFileSync(name, "");
    return name;
  }

  it("is that person's in the end, but for what belongs to users of containers", () => {
    const state = stateDir("default");
    const read = [file(state, "kubeconfig"), file(state, "project", "Pulumi.yaml"), file(cacheDir(), "tools", "etcd")];
    const contained = [file(state, "node", "var", "data"), file(cacheDir(), "buildkit", "root", "layer")];
    handBack("default");
    for (const path of [...read, state, cacheDir(), join(home, ".local"), join(home, ".cache")]) {
      expect([path, statSync(path).uid]).toEqual([path, uid]);
    }
    for (const path of contained) expect([path, statSync(path).uid]).toEqual([path, 0]);
  });

  it("stays root's where root works for itself", () => {
    const kept = file(stateDir("default"), "kubeconfig");
    vi.stubEnv("SUDO_UID", "");
    handBack("default");
    expect(statSync(kept).uid).toBe(0);
    vi.stubEnv("SUDO_UID", "54321");
    handBack("default");
    expect(statSync(kept).uid).toBe(0);
  });

  it("is nothing to mind before anything was made", () => {
    handBack("default");
    expect(existsSync(stateDir("default"))).toBe(false);
  });
});
