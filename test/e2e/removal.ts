import { expect, it } from "vitest";
import type { Instance } from "../../sandbox/instance";
import { isClean, leftovers } from "../../sandbox/leftovers";
import { INSTANCE, instance, kubectl, npm, pulumi } from "./context";

/** Destroying the stack, then taking the node down. */
export function theRemoval(): void {
  let before: Instance;

  it("destroy leaves nothing of the program in the cluster", async () => {
    before = instance();
    await pulumi("destroy", "--yes", "--skip-preview");
    const namespaces = await kubectl("get", "namespaces", "-o", "name");
    expect(
      namespaces.split("\n").filter((name) => /data-systems|drone-pipelines|tekton|cert-manager/.test(name)),
    ).toEqual([]);
    const definitions = await kubectl("get", "customresourcedefinitions", "-o", "name");
    expect(definitions).not.toMatch(/tekton|cert-manager/);
  });

  it("down leaves no process, mount, link, control group or folder", async () => {
    await npm("sandbox:down", ["--instance", INSTANCE, "--purge", "--keep-cache"]);
    const found = await leftovers(before);
    expect(found).toSatisfy(isClean);
  });

  it("down again is no error", async () => {
    await npm("sandbox:down", ["--instance", INSTANCE, "--purge", "--keep-cache"]);
  });
}
