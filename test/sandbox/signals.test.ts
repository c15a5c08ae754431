import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { identify } from "../../sandbox/host/processes";
import { checkout } from "../../sandbox/paths";

const RUN = join(__dirname, "long-run.ts");
/** Starting a process of the project takes seconds on a busy machine. */
const patient = { timeout: 60_000 };

/** A run that has started a long command, with what it says. */
class LongRun {
  private output = "";
  private readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], stdin: "ignore" | "pipe" = "ignore", env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, args, {
      cwd: checkout,
      stdio: [stdin, "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.on("data", (chunk) => {
      this.output += chunk;
    });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
  }

  async command(): Promise<number> {
    return Number(await this.said(/^\d+$/m));
  }

  async said(what: RegExp): Promise<string> {
    for (;;) {
      const match = what.exec(this.output);
      if (match) return match[0];
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  count(word: string): number {
    return this.output.split(word).length - 1;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  endInput(): void {
    this.child.stdin?.end();
  }
}

async function gone(pid: number): Promise<void> {
  while (identify(pid)) await new Promise((done) => setTimeout(done, 20));
}

describe("ending a run", () => {
  const runs: LongRun[] = [];
  const start = (...args: ConstructorParameters<typeof LongRun>) => {
    const run = new LongRun(...args);
    runs.push(run);
    return run;
  };
  const direct = ["--import", "tsx", RUN];
  afterEach(() => {
    for (const run of runs.splice(0)) run.signal("SIGKILL");
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s ends its commands and lets it clean up",
    patient,
    async (name) => {
      const run = start(direct);
      const command = await run.command();
      // The terminal, npm and the bootstrap pass one Ctrl-C on, each.
      run.signal(name);
      await run.said(/interrupted/);
      run.signal(name);
      expect(await run.ended).toBe(130);
      expect(identify(command)).toBeUndefined();
      expect(run.count("interrupted")).toBe(1);
      expect(run.count("cleaned up")).toBe(1);
    },
  );

  it("a second Ctrl-C ends it at once", patient, async () => {
    const run = start([...direct, "stubborn"]);
    const command = await run.command();
    run.signal("SIGINT");
    await run.said(/interrupted/);
    await new Promise((done) => setTimeout(done, 1200));
    expect(identify(command)).toBeDefined();
    run.signal("SIGINT");
    expect(await run.ended).toBe(130);
    await gone(command);
    expect(run.count("cleaning up")).toBe(0);
  });

  it("a kill without warning ends its commands too", patient, async () => {
    const run = start(direct);
    const command = await run.command();
    run.signal("SIGKILL");
    await run.ended;
    await gone(command);
  });

  it("as root on behalf of a person, it ends when that person's process does", patient, async () => {
    const run = start(direct, "pipe", { DRONE_LAKE_ENDS_WITH_STDIN: "1" });
    const command = await run.command();
    run.endInput();
    expect(await run.ended).toBe(130);
    expect(identify(command)).toBeUndefined();
  });

  it("the bootstrap passes a signal on and waits for the cleaning", patient, async () => {
    const run = start([join(checkout, "scripts", "bootstrap.mjs"), "test/sandbox/long-run.ts"]);
    await run.command();
    run.signal("SIGTERM");
    expect(await run.ended).toBe(130);
    expect(run.count("cleaned up")).toBe(1);
  });
});
