import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openInstance } from "../../sandbox/instance";
import { checkout } from "../../sandbox/paths";
import { embeddedFacts, endpointsOf, merge, stackSettings, writeProject } from "../../sandbox/project";

const json = fc.jsonValue() as fc.Arbitrary<unknown>;

describe("merging config", () => {
  it("changes nothing when nothing is laid over, and is the same a second time", () => {
    fc.assert(
      fc.property(json, json, (base, over) => {
        const before = JSON.stringify([base, over]);
        const once = merge(base, over);
        expect(merge(once, over)).toEqual(once);
        expect(merge(base, undefined)).toEqual(base);
        expect(JSON.stringify([base, over])).toBe(before);
      }),
    );
  });

  it("goes key by key through objects, and takes lists whole", () => {
    expect(merge({ a: { b: 1, c: 2 }, d: [1, 2] }, { a: { c: 3 }, d: [4] })).toEqual({ a: { b: 1, c: 3 }, d: [4] });
  });
});

describe("the instance's stack settings", () => {
  const tracked = "config:\n  drone-data-lake:images: { minio: old, other: kept }\n  drone-data-lake:protect: false\n";
  const facts = { cluster: { kubeconfig: "/k" }, images: { minio: "new" }, codeVersion: "v1" };

  it("are the tracked ones with the facts over them", () => {
    expect(parse(stackSettings(tracked, facts))).toEqual({
      config: {
        "drone-data-lake:images": { minio: "new", other: "kept" },
        "drone-data-lake:protect": false,
        "drone-data-lake:cluster": { kubeconfig: "/k" },
        "drone-data-lake:codeVersion": "v1",
      },
    });
  });
});

describe("the instance's project", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lake-project-"));
    process.env.DRONE_LAKE_STATE = root;
  });
  afterEach(() => {
    delete process.env.DRONE_LAKE_STATE;
    rmSync(root, { recursive: true, force: true });
  });

  it("points to the checkout, names the node's addresses, and has a passphrase that stays and that only its owner reads", () => {
    const instance = openInstance("two", { kind: "embedded" }, new Set());
    const facts = embeddedFacts(instance, { minio: "drone-lake.local/minio:1", tasks: "drone-lake.local/tasks:1" });
    const dir = writeProject(instance, facts);
    const passphrase = readFileSync(instance.passphraseFile, "utf8");
    expect(parse(readFileSync(join(dir, "Pulumi.yaml"), "utf8"))).toMatchObject({
      name: "drone-data-lake",
      main: checkout,
    });
    const { config } = parse(readFileSync(join(dir, "Pulumi.sandbox.yaml"), "utf8"));
    expect(config["drone-data-lake:cluster"]).toEqual({
      kubeconfig: instance.kubeconfig,
      dedicated: true,
      podCidrs: ["10.244.0.0/24"],
    });
    expect(config["drone-data-lake:endpoints"]).toMatchObject({
      minio: "10.213.1.2:30900",
      postgres: { host: "10.213.1.2", port: 30432 },
      catalogue: "10.213.1.2:30843",
      mcp: "10.213.1.2:30844",
    });
    expect(config["drone-data-lake:codeVersion"]).toBe("drone-lake.local/tasks:1");
    expect(statSync(instance.passphraseFile).mode & 0o777).toBe(0o600);
    expect(passphrase.trim().length).toBeGreaterThan(20);
    writeProject(instance, facts);
    expect(readFileSync(instance.passphraseFile, "utf8")).toBe(passphrase);
    expect(existsSync(instance.backend)).toBe(true);
  });

  it("is written anew over settings that were cut off, as when Pulumi was killed while it added to them", () => {
    const instance = openInstance("two", { kind: "embedded" }, new Set());
    expect(endpointsOf(instance)).toBeUndefined();
    writeProject(instance, embeddedFacts(instance, {}));
    writeFileSync(join(instance.project, "Pulumi.sandbox.yaml"), "encryptionsalt: v1:Wdk\nconfig: {");
    const facts = embeddedFacts(instance, {});
    writeProject(instance, facts);
    expect(readFileSync(join(instance.project, "Pulumi.sandbox.yaml"), "utf8")).not.toContain("encryptionsalt");
    expect(endpointsOf(instance)).toMatchObject(facts.endpoints!);
  });
});
