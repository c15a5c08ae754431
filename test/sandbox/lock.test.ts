import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { identify } from "../../sandbox/host/processes";
import { takeLock } from "../../sandbox/lock";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lake-lock-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it("is given back, and leaves nothing", () => {
  takeLock(dir, "up")();
  expect(readdirSync(dir)).toEqual([]);
  takeLock(dir, "down")();
});

it("refuses a second runner and names the first", () => {
  const release = takeLock(dir, "up");
  expect(() => takeLock(dir, "down")).toThrow(new RegExp(`"up", pid ${process.pid}.*kill ${process.pid}`));
  release();
  expect(existsSync(join(dir, "lock"))).toBe(false);
});

it.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, start: "1", boot: "b", command: "up" }],
  ["a number that another process has now", { ...identify(process.pid), start: "1", command: "up" }],
])("is taken from %s", (_, holder) => {
  writeFileSync(join(dir, "lock"), JSON.stringify(holder));
  takeLock(dir, "up")();
  expect(readdirSync(dir)).toEqual([]);
});

it("is taken over from a file that was cut off", () => {
  writeFileSync(join(dir, "lock"), '{"pid":');
  takeLock(dir, "up")();
  expect(readdirSync(dir)).toEqual([]);
});
