import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exec } from "../../../sandbox/process";
import { freeBytes, NoSpace, requireSpace, withSpace } from "../../../sandbox/toolchain/errors";
import { ensureFolder, isComplete } from "../../../sandbox/toolchain/store";
import { ownCache, Said } from "./helpers";

const MIB = 1024 ** 2;

describe("a full disk", () => {
  let own: ReturnType<typeof ownCache>;
  beforeEach(() => {
    own = ownCache();
  });
  afterEach(() => own.remove());

  it("is told before the work begins, with what is needed, where, and what there is", async () => {
    const absent = join(own.cache, "not", "yet", "there");
    await expect(requireSpace(absent, 2 ** 60)).rejects.toThrow(
      new RegExp(`^no space left: needs 1073741824 GiB in ${absent}, has [0-9.]+ GiB; `),
    );
    await requireSpace(absent, 1);
  });

  it("is told as such when a command runs into it, and leaves nothing that counts", async () => {
    const target = join(own.cache, "tool", "1.0.0");
    const compiler = () =>
      exec("sh", ["-c", "echo 'link: mapping output file failed: no space left on device' >&2; exit 1"]);
    const filling = ensureFolder(target, new Said(), (into) =>
      withSpace([into], MIB, async () => {
        writeFileSync(join(into, "half"), "x");
        await compiler();
      }),
    );
    await expect(filling).rejects.toThrow(/^no space left: needs 0\.00 GiB in .*, has /);
    expect(isComplete(target)).toBe(false);
  });

  it("does not hide another failure", async () => {
    const failing = withSpace([own.cache], MIB, () => exec("sh", ["-c", "echo 'undefined: Foo' >&2; exit 2"]));
    await expect(failing).rejects.toThrow(/undefined: Foo/);
  });

  // Only root can mount a small disk; another user sees the two cases above.
  it.runIf(process.getuid?.() === 0)("is told for a disk that really is full", async () => {
    const disk = join(own.cache, "disk");
    mkdirSync(disk);
    await exec("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]);
    try {
      expect(await freeBytes(disk)).toBeLessThanOrEqual(2 * MIB);
      const target = join(disk, "tool", "1.0.0");
      const filling = ensureFolder(target, new Said(), (into) =>
        withSpace([into], MIB, async () => {
          await exec("dd", ["if=/dev/zero", `of=${join(into, "big")}`, "bs=1M", "count=4"], { env: { LC_ALL: "C" } });
        }),
      );
      await expect(filling).rejects.toBeInstanceOf(NoSpace);
      expect(isComplete(target)).toBe(false);
      expect(await freeBytes(disk)).toBeGreaterThan(1.9 * MIB);
    } finally {
      await exec("umount", [disk]);
    }
  });
});
