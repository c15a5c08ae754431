import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureTool, versions } from "../../../sandbox/toolchain";
import { installedVersion } from "../../../sandbox/toolchain/debian";
import { checksumOf, download, fetchText, forgetSilentHosts } from "../../../sandbox/toolchain/download";
import { Unavailable } from "../../../sandbox/toolchain/errors";
import { type Package, type Source, says } from "../../../sandbox/toolchain/packages";
import { ensurePackage, findInstalled } from "../../../sandbox/toolchain/resolve";
import { ownCache, publisher, QuietReporter } from "./helpers";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function source(kind: Source["kind"], fill: Source["fill"]): Source {
  return { kind, fill };
}

const writes = (text: string) => async (into: string) => writeFileSync(join(into, "program"), text);

function pack(...sources: Source[]): Package {
  return { name: "thing", version: "1.2.3", sources, tools: { thing: { path: "program" } } };
}

describe("the order of sources", () => {
  let own: ReturnType<typeof ownCache>;
  beforeEach(() => {
    own = ownCache();
    forgetSilentHosts();
  });
  afterEach(() => own.remove());

  const official = (base: string): Source =>
    source("official download", async (into, step) => {
      const sum = checksumOf("thing", await fetchText(`${base}/thing.sha256`), base);
      await download({ url: `${base}/thing`, sha256: sum }, join(into, "program"), step);
    });

  it("takes the official download first, and the cache after that", async () => {
    const server = await publisher({ "/thing": "official", "/thing.sha256": `${sha256("official")}  thing\n` });
    const thing = pack(official(server.url), source("Go module", writes("built")));
    const report = new QuietReporter();
    const folder = await ensurePackage(thing, report);
    expect(readFileSync(join(folder, "program"), "utf8")).toBe("official");
    await server.close();
    expect(await ensurePackage(thing, report)).toBe(folder);
    expect(report.titles).toEqual(["thing 1.2.3"]);
  });

  it("builds where the publisher does not answer, and keeps nothing of the attempt", async () => {
    const gone = await publisher({});
    await gone.close();
    const thing = pack(
      source("official download", async (into, step) => {
        writeFileSync(join(into, "left"), "x");
        await official(gone.url).fill(into, step);
      }),
      source("Go module", writes("built")),
    );
    const folder = await ensurePackage(thing, new QuietReporter());
    expect(readdirSync(folder).sort()).toEqual([".origin.json", "program"]);
    expect(JSON.parse(readFileSync(join(folder, ".origin.json"), "utf8")).source).toBe("Go module");
  });

  it("stops at a wrong checksum instead of building", async () => {
    const server = await publisher({ "/thing": "tampered", "/thing.sha256": `${sha256("official")}  thing\n` });
    let built = false;
    const go = source("Go module", async () => {
      built = true;
    });
    await expect(ensurePackage(pack(official(server.url), go), new QuietReporter())).rejects.toThrow(
      /checksum mismatch/,
    );
    expect(built).toBe(false);
    await server.close();
  });

  it("tells every refusal when no source has it", async () => {
    const refuse = (why: string) => async () => {
      throw new Unavailable(why);
    };
    const thing = pack(source("official download", refuse("no route")), source("Debian package", refuse("no apt-get")));
    await expect(ensurePackage(thing, new QuietReporter())).rejects.toThrow(
      "thing 1.2.3 cannot be had:\n  - official download: no route\n  - Debian package: no apt-get",
    );
  });

  it("keeps versions apart", async () => {
    const first = await ensurePackage(pack(source("Go module", writes("one"))), new QuietReporter());
    const second = await ensurePackage(
      { ...pack(source("Go module", writes("two"))), version: "1.2.4" },
      new QuietReporter(),
    );
    expect(readFileSync(join(first, "program"), "utf8")).toBe("one");
    expect(readFileSync(join(second, "program"), "utf8")).toBe("two");
  });
});

describe("an installed copy", () => {
  let own: ReturnType<typeof ownCache>;
  let path: string | undefined;
  beforeEach(() => {
    own = ownCache();
    path = process.env.PATH;
    mkdirSync(join(own.cache, "bin"));
    process.env.PATH = `${join(own.cache, "bin")}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    own.remove();
  });

  const install = (output: string, command = "kubelet-of-test") => {
    const file = join(own.cache, "bin", command);
    writeFileSync(file, `#!/bin/sh\necho '${output}'\n`);
    chmodSync(file, 0o755);
    return file;
  };

  it.each([
    ["Kubernetes v1.34.1", true],
    ["Kubernetes v1.34.10", false],
    ["Kubernetes v1.34.1-rc.0", false],
    ["Kubernetes v1.34.1+k3s1", false],
    ["Kubernetes v11.34.1", false],
    ["Kubernetes v1.33.1", false],
  ])("that prints %s counts: %s", async (output, counts) => {
    const file = install(output);
    const found = await findInstalled({ command: "kubelet-of-test", args: ["--version"], prints: says("1.34.1") });
    expect(found).toBe(counts ? file : undefined);
  });

  it.each([
    ["pulumi", `v${versions.pulumi}`],
    ["buildkitd", `buildkitd github.com/moby/buildkit v${versions.buildkit} 0123456789abcdef`],
    ["kubectl", `Client Version: v${versions.kubernetes}`],
  ] as const)("of %s is used at the pinned version", async (name, output) => {
    const file = install(output, name);
    expect(await ensureTool(name, new QuietReporter())).toBe(file);
  });

  it("that is a Debian package counts at exactly the version", async () => {
    const bash = { debian: "bash", path: "/bin/bash" };
    const version = (await installedVersion("bash")) as string;
    expect(await findInstalled({ ...bash, version })).toBe("/bin/bash");
    expect(await findInstalled({ ...bash, version: `${version}+later` })).toBeUndefined();
    expect(await findInstalled({ debian: "no-such-package-anywhere", version, path: "/bin/bash" })).toBeUndefined();
  });
});
