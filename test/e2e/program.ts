import { expect, it } from "vitest";
import type { ExecError } from "../../sandbox/process";
import { instance, kubectl, npm, pulumi, secrets } from "./context";

/** Plain `pulumi` on the stack that the sandbox brought up. */
export function theProgram(): void {
  it("a preview has nothing to change", async () => {
    await pulumi("preview", "--expect-no-changes");
  });

  it("the doctor finds nothing missing in it", async () => {
    const { stdout } = await npm("doctor", ["sandbox", "--cwd", instance().project]);
    expect(stdout).toMatch(/^ {2}ok {4}permissions: everything is allowed$/m);
    expect(stdout).toMatch(/^ {2}ok {4}address of the object store: .* answers$/m);
    expect(stdout).toMatch(/nothing was changed\.$/m);
  });

  it("a second up changes nothing", async () => {
    const { stdout } = await pulumi("up", "--yes", "--skip-preview");
    expect(stdout).not.toMatch(/^\s+[+~-]+ \d+ /m);
    expect(stdout).toMatch(/\d+ unchanged/);
  });

  it("a refresh finds no drift", async () => {
    await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("a change made by hand is seen by refresh and mended by up", async () => {
    await kubectl("-n", "data-systems", "delete", "poddisruptionbudget", "--all");
    await kubectl("-n", "tekton-pipelines", "scale", "deployment/tekton-triggers-controller", "--replicas=0");
    const drift = await pulumi("refresh", "--preview-only", "--expect-no-changes").then(
      () => "no drift",
      (error: ExecError) => error.stdout + error.stderr,
    );
    expect(drift).toMatch(/PodDisruptionBudget/);
    expect(drift).toMatch(/Deployment\s+\S*tekton-triggers-controller/);
    await pulumi("refresh", "--yes", "--skip-preview");
    await pulumi("up", "--yes", "--skip-preview");
    expect(await kubectl("-n", "data-systems", "get", "poddisruptionbudget", "-o", "name")).toContain("data-lake");
    const scaled = ["get", "deployment/tekton-triggers-controller", "-o", "jsonpath={.status.readyReplicas}"];
    expect(await kubectl("-n", "tekton-pipelines", ...scaled)).toBe("1");
    await pulumi("preview", "--expect-no-changes");
  });

  it("the state holds no secret in clear", async () => {
    const { stdout: state } = await pulumi("stack", "export");
    const words = await secrets();
    expect(words.length).toBeGreaterThan(5);
    for (const word of words) {
      expect(state.includes(word)).toBe(false);
      expect(state.includes(Buffer.from(word).toString("base64"))).toBe(false);
    }
  });
}
