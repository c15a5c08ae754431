import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout } from "../../../sandbox/paths";
import { toolNames } from "../../../sandbox/toolchain";
import { packages } from "../../../sandbox/toolchain/packages";
import { versions } from "../../../sandbox/toolchain/versions";

describe("versions.json", () => {
  it("pins the providers at the versions of their SDKs", () => {
    const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    for (const [name, version] of Object.entries(versions.plugins))
      expect(dependencies[`@pulumi/${name}`]).toBe(version);
  });

  it("pins the staging modules that belong to the Kubernetes version", () => {
    expect(versions.kubernetesStaging).toBe(versions.kubernetes.replace(/^1\./, "0."));
  });

  it("pins pgSTAC as the Python package does: what the Job is named after is what it brings", () => {
    const file = (name: string) => readFileSync(join(checkout, "tasks", name), "utf8");
    expect(file("constraints.txt")).toContain(`\npypgstac==${versions.pgstac}\n`);
    expect(file("pyproject.toml")).toContain(`"pypgstac[psycopg]==${versions.pgstac}"`);
  });

  it("gives every tool exactly one package", () => {
    for (const tool of toolNames) expect(packages.filter(({ tools }) => tool in tools)).toHaveLength(1);
    expect(packages.flatMap(({ tools }) => Object.keys(tools)).sort()).toEqual([...toolNames].sort());
  });
});
