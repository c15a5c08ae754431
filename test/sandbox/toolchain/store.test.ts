import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkout } from "../../../sandbox/paths";
import { ensureFolder, isComplete, sweep, touch } from "../../../sandbox/toolchain/store";
import { ownCache, Said } from "./helpers";

/** Another run: a process that fills `target`. */
function otherRun(target: string, mode: "once" | "hang") {
  const script = join(__dirname, "other-run.ts");
  const args = ["--import", "tsx", script, target, mode];
  return spawn(process.execPath, args, { cwd: checkout, stdio: ["ignore", "ignore", "inherit"] });
}

const ended = (child: ReturnType<typeof otherRun>) =>
  new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("ensureFolder", () => {
  let own: ReturnType<typeof ownCache>;
  let target: string;
  const step = new Said();
  const runs: ReturnType<typeof otherRun>[] = [];
  const run = (mode: "once" | "hang") => {
    const child = otherRun(target, mode);
    runs.push(child);
    return child;
  };
  beforeEach(() => {
    own = ownCache();
    target = join(own.cache, "tools", "thing", "1.0.0");
  });
  afterEach(() => {
    for (const child of runs.splice(0)) child.kill("SIGKILL");
    own.remove();
  });

  it("fills once for all callers of a run", async () => {
    let fills = 0;
    const fill = async (into: string) => {
      fills++;
      writeFileSync(join(into, "program"), "x");
    };
    await Promise.all([1, 2, 3].map(() => ensureFolder(target, step, fill)));
    await ensureFolder(target, step, fill);
    expect(fills).toBe(1);
    expect(readdirSync(target)).toEqual(["program"]);
  });

  // Starting a process of the project takes seconds on a busy machine.
  const patient = { timeout: 60_000 };

  it("fills once for two runs at the same time", patient, async () => {
    const codes = await Promise.all([run("once"), run("once")].map(ended));
    expect(codes).toEqual([0, 0]);
    expect(readFileSync(`${target}-fills`, "utf8")).toBe("x");
    expect(readdirSync(target)).toEqual(["half"]);
  });

  it("has nothing usable after a killed run, and sweeps what it left", patient, async () => {
    const child = run("hang");
    const parent = join(target, "..");
    const half = () => existsSync(parent) && readdirSync(parent).some((name) => existsSync(join(parent, name, "half")));
    await until(half);
    child.kill("SIGKILL");
    await ended(child);
    expect(isComplete(target)).toBe(false);
    await ensureFolder(target, step, async (into) => writeFileSync(join(into, "program"), "whole"));
    expect(readdirSync(target)).toEqual(["program"]);
    expect(half()).toBe(false);
    expect(readdirSync(parent).filter((name) => name.includes("part"))).toEqual([]);
  });

  it("leaves nothing behind when filling fails, and can be tried again", async () => {
    const failing = ensureFolder(target, step, async (into) => {
      writeFileSync(join(into, "half"), "x");
      throw new Error("compiler says no");
    });
    await expect(failing).rejects.toThrow("compiler says no");
    expect(isComplete(target)).toBe(false);
    expect(readdirSync(join(target, "..")).filter((name) => name.includes("part"))).toEqual([]);
    await ensureFolder(target, step, async () => {});
    expect(isComplete(target)).toBe(true);
  });

  it("starts over where a folder that is filled in place is half full", async () => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, "half"), "x");
    expect(isComplete(target, { inPlace: true })).toBe(false);
    await ensureFolder(target, step, async (into) => writeFileSync(join(into, "whole"), into), { inPlace: true });
    expect(existsSync(join(target, "half"))).toBe(false);
    expect(readFileSync(join(target, "whole"), "utf8")).toBe(target);
    expect(isComplete(target, { inPlace: true })).toBe(true);
  });

  it("keeps the folders that were used last", async () => {
    const parent = join(own.cache, "archives");
    for (const [age, name] of ["a", "b", "c", "d"].entries()) {
      mkdirSync(join(parent, name), { recursive: true });
      utimesSync(join(parent, name), age, age);
    }
    mkdirSync(join(parent, ".d.part-1"));
    // As a folder that another run sweeps at the same time: its name is still there, and it is not.
    symlinkSync(join(parent, "swept"), join(parent, "e"));
    await touch(join(parent, "a"));
    await sweep(parent, 2);
    expect(readdirSync(parent).sort()).toEqual([".d.part-1", "a", "d"]);
  });
});
