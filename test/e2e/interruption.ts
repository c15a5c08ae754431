import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { checkout } from "../../sandbox/paths";
import { pulumisAtWork } from "../../sandbox/stack-lock";
import { tied } from "../../sandbox/tied";
import { INSTANCE, instance } from "./context";

/** How long the tools and images may take that come before. */
const PATIENCE_MS = 2_400_000;

/** Ctrl-C while Pulumi makes things; what follows shows that the same command goes on from there. */
export function theInterruption(): void {
  it("ends in order, and says what to do next", async () => {
    const args = ["run", "--silent", "sandbox", "--", "--instance", INSTANCE];
    const run = spawn(...tied("npm", args), { cwd: checkout, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    run.stderr.on("data", (chunk) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => run.once("close", (code, signal) => resolve(code ?? signal)));
    await expect
      .poll(() => said, { timeout: PATIENCE_MS, interval: 200 })
      .toMatch(/pulumi up: \d+ changed|FAILED|ok {2}pulumi up/);
    // To all of them, as the terminal sends it.
    process.kill(-(run.pid as number), "SIGINT");
    // npm itself ends by the signal, when what it runs has ended.
    expect(await ended, said).toBe("SIGINT");
    expect(said).toContain("stopped. The same command goes on from here");
    expect(said).not.toMatch(/ok {2}pulumi up/);
    expect(pulumisAtWork(instance())).toEqual([]);
  });
}
