import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Step } from "../../sandbox/progress";
import { finishRemovals, removeInstanceDir, unfinishedRemovals } from "../../sandbox/removals";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lake-removals-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const step: Step = { note: () => undefined, log: () => undefined };
function instanceDir(name: string): string {
  const dir = join(root, name);
  mkdirSync(join(dir, "node"), { recursive: true });
  writeFileSync(join(dir, "instance.json"), "{}");
  return dir;
}

it("removes an instance's folder and leaves the others", async () => {
  const dir = instanceDir("default");
  instanceDir("default-2");
  await removeInstanceDir(dir, step);
  expect(readdirSync(root)).toEqual(["default-2"]);
});

it("finishes what a removal, or a trial of the disk, that was broken off has left", async () => {
  const aside = instanceDir(".default.removed.17");
  const trial = instanceDir(".default.trial");
  instanceDir(".other.removed.17");
  const dir = join(root, "default");
  expect(unfinishedRemovals(dir).sort()).toEqual([aside, trial]);
  await finishRemovals(dir, step);
  expect(existsSync(aside)).toBe(false);
  expect(readdirSync(root)).toEqual([".other.removed.17"]);
});
