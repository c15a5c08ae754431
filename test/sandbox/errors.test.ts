import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitCode, explain, SandboxError } from "../../sandbox/errors";
import { exec } from "../../sandbox/process";

describe("what a person is told of a failure", () => {
  it("is its message alone where it can be mended, and the stack of a fault of ours", () => {
    expect(explain(new SandboxError("free the port", 2))).toBe("free the port");
    expect(exitCode(new SandboxError("free the port", 2))).toBe(2);
    expect(explain(new TypeError("x is not a function"))).toMatch(/x is not a function\n +at /);
    expect(exitCode(new TypeError("x"))).toBe(1);
  });

  // Only root can mount a small disk.
  it.runIf(process.getuid?.() === 0)("is a full disk, and what to do about it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "lake-errors-"));
    await exec("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", dir]);
    try {
      writeFileSync(join(dir, "big"), "x".repeat(10_000));
      throw new Error("the disk was not full");
    } catch (error) {
      expect(explain(error)).toMatch(/^ENOSPC: .*: the disk is full. Free some of it, or set DRONE_LAKE_CACHE/);
    } finally {
      await exec("umount", [dir]);
      rmSync(dir, { recursive: true });
    }
  });
});
