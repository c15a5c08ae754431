import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { identify } from "../../sandbox/host/processes";
import { takeLock } from "../../sandbox/lock";

let root: string;
let dir: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lake-lock-"));
  dir = join(root, "default");
  file = join(root, ".default.lock");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it("is given back, and leaves nothing", () => {
  takeLock(dir, "up")();
  expect(readdirSync(root)).toEqual([]);
  takeLock(dir, "down")();
});

it("refuses a second runner and names the first", () => {
  const release = takeLock(dir, "up");
  expect(() => takeLock(dir, "down")).toThrow(new RegExp(`"up", pid ${process.pid}.*kill ${process.pid}`));
  release();
  expect(existsSync(file)).toBe(false);
});

it("outlives the instance's folder, which its holder may remove", () => {
  const release = takeLock(dir, "down");
  mkdirSync(dir);
  rmSync(dir, { recursive: true });
  expect(() => takeLock(dir, "up")).toThrow(/"down", pid/);
  release();
});

it.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, start: "1", boot: "b", command: "up" }],
  ["a number that another process has now", { ...identify(process.pid), start: "1", command: "up" }],
])("is taken from %s", (_, holder) => {
  writeFileSync(file, JSON.stringify(holder));
  takeLock(dir, "up")();
  expect(readdirSync(root)).toEqual([]);
});

it("is taken over from a file that was cut off", () => {
  writeFileSync(file, '{"pid":');
  takeLock(dir, "up")();
  expect(readdirSync(root)).toEqual([]);
});
