import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Interrupted, interruptChildren } from "../../../sandbox/process";
import { withFreeLock, withLock } from "../../../sandbox/toolchain/lock";

describe("a lock that another process holds", () => {
  let root: string;
  let file: string;
  let other: ReturnType<typeof spawn>;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "lake-flock-"));
    file = join(root, "lock");
    other = spawn("flock", ["--exclusive", "--no-fork", file, "sh", "-c", "echo held; exec sleep 600"]);
    await new Promise((done) => other.stdout?.once("data", done));
  });
  afterAll(() => {
    other.kill("SIGKILL");
    rmSync(root, { recursive: true, force: true });
  });

  it("is not waited for when it need not be had", async () => {
    expect(await withFreeLock(file, async () => "mine")).toBeUndefined();
    expect(await withFreeLock(join(root, "free"), async () => "mine")).toBe("mine");
    expect(await withFreeLock(join(root, "free"), async () => "again")).toBe("again");
  });

  // The last one: an interrupted process starts nothing more.
  it("is waited for until the person interrupts", async () => {
    let told = () => {};
    const waiting = new Promise<void>((done) => {
      told = done;
    });
    const work = withLock(file, told, async () => {
      throw new Error("two have the lock");
    });
    const failed = expect(work).rejects.toThrow(Interrupted);
    await waiting;
    await interruptChildren();
    await failed;
    await expect(
      withLock(
        join(root, "new"),
        () => {},
        async () => "mine",
      ),
    ).rejects.toThrow(Interrupted);
    expect(existsSync(join(root, "new"))).toBe(false);
  });
});
