import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { parseTargets, sourcesList } from "../../../sandbox/images/apt";
import { images, type Recipe, tagOf, tektonImage } from "../../../sandbox/images/recipes";
import { aptSettings, pipSettings, proxyArgs } from "../../../sandbox/images/secrets";
import { describeTree, hashOf } from "../../../sandbox/toolchain/hash";

const recipe = (changes: Partial<Recipe> = {}): Recipe => ({
  dockerfile: "pause",
  args: { A: "1", B: "2" },
  base: true,
  inputs: async () => ["input"],
  prepare: async (scratch) => ({ context: scratch, folders: {} }),
  ...changes,
});

describe("the tag of an image", () => {
  it("is the same for the same recipe, in any order of its arguments", async () => {
    expect(await tagOf(recipe({ args: { B: "2", A: "1" } }))).toBe(await tagOf(recipe()));
  });

  it("changes with Dockerfile, arguments, base and inputs", async () => {
    const tags = await Promise.all(
      [
        recipe(),
        recipe({ dockerfile: "shell" }),
        recipe({ args: { A: "1", B: "3" } }),
        recipe({ args: { A: "1" } }),
        recipe({ base: false }),
        recipe({ inputs: async () => ["other"] }),
      ].map(tagOf),
    );
    expect(new Set(tags).size).toBe(tags.length);
  });

  it("is one that a registry accepts, and no two images share one", async () => {
    const tags = await Promise.all(images.map(async ({ name, recipe: own }) => `${name}:${await tagOf(own)}`));
    for (const tag of tags) expect(tag).toMatch(/^[a-z0-9-]+:[0-9a-f]{16}$/);
    expect(new Set(tags).size).toBe(images.length);
  });

  it("never mixes up neighbouring parts", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        expect(hashOf(a) === hashOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

describe("the description of a tree", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "drone-lake-tree-"));
    mkdirSync(join(dir, "pkg"));
    writeFileSync(join(dir, "pkg", "a.py"), "1");
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it("changes with content and names, not with bytecode caches", async () => {
    const before = await describeTree(dir);
    mkdirSync(join(dir, "pkg", "__pycache__"));
    writeFileSync(join(dir, "pkg", "__pycache__", "a.pyc"), "x");
    expect(await describeTree(dir)).toEqual(before);
    writeFileSync(join(dir, "pkg", "a.py"), "2");
    expect(await describeTree(dir)).not.toEqual(before);
    writeFileSync(join(dir, "pkg", "a.py"), "1");
    writeFileSync(join(dir, "pkg", "b.py"), "");
    expect(await describeTree(dir)).not.toEqual(before);
  });
});

describe("Tekton's own images", () => {
  it("are named by the hash of the command's import path", () => {
    // As in the install manifest that Tekton publishes.
    expect(tektonImage("pipeline", "controller", "1.9.0")).toBe(
      "ghcr.io/tektoncd/pipeline/controller-10a3e32792f33651396d02b6855a6e36:v1.9.0",
    );
  });
});

describe("what a build gets of the machine", () => {
  it("is apt's proxy and time limits, nothing else of its settings", () => {
    const dump = [
      'APT::Architecture "amd64";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::Verify-Peer "false";',
      'Acquire::Retries "3";',
      'DPkg::Post-Invoke:: "rm -rf /";',
    ].join("\n");
    expect(aptSettings(dump, false)).toBe('Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::Retries "3";\n');
    expect(aptSettings("", true)).toContain("CAInfo");
  });

  it("is where pip finds packages, without paths of the machine", () => {
    const list =
      "global.index-url='https://pypi.example/simple'\nglobal.cert='/home/x/ca.pem'\n:env:.find-links='/opt/wheels'\n:env:.default-timeout='180'\n";
    expect(pipSettings(list)).toBe("[global]\nindex-url = https://pypi.example/simple\ntimeout = 180\n");
  });

  it("is the proxy of the environment", () => {
    expect(proxyArgs({ HTTPS_PROXY: "http://p:1", PATH: "/bin" })).toEqual({ HTTPS_PROXY: "http://p:1" });
  });
});

describe("the machine's Debian sources", () => {
  const targets = [
    "DEP-11|http://mirror/debian/|bookworm|main",
    "Packages|http://mirror/debian/|bookworm|main",
    "Packages|http://mirror/debian/|bookworm|contrib",
    "Packages|http://mirror/debian-security/|bookworm-security|main",
    "Packages|https://packages.example/apt/|cloud-sdk-bookworm|main",
  ].join("\n");

  it("are its suite with updates, and no other vendor's", () => {
    expect(sourcesList(parseTargets(targets, "bookworm"))).toBe(
      "deb http://mirror/debian bookworm main contrib\ndeb http://mirror/debian-security bookworm-security main\n",
    );
  });
});
