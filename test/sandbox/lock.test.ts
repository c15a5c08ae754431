import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { identify } from "../../sandbox/host/processes";
import { takeLock } from "../../sandbox/lock";
import { checkout } from "../../sandbox/paths";

let root: string;
let dir: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lake-lock-"));
  dir = join(root, "default");
  file = join(root, ".default.lock");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it("is given back, and leaves nothing", async () => {
  (await takeLock(dir, "up"))();
  expect(readdirSync(root)).toEqual([]);
  (await takeLock(dir, "down"))();
});

it("refuses a second runner and names the first", async () => {
  const release = await takeLock(dir, "up");
  await expect(takeLock(dir, "down")).rejects.toThrow(new RegExp(`"up", pid ${process.pid}.*kill ${process.pid}`));
  release();
  expect(existsSync(file)).toBe(false);
});

it("outlives the instance's folder, which its holder may remove", async () => {
  const release = await takeLock(dir, "down");
  mkdirSync(dir);
  rmSync(dir, { recursive: true });
  await expect(takeLock(dir, "up")).rejects.toThrow(/"down", pid/);
  release();
});

it.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, start: "1", boot: "b", command: "up" }],
  ["a number that another process has now", { ...identify(process.pid), start: "1", command: "up" }],
])("is taken from %s", async (_, holder) => {
  writeFileSync(file, JSON.stringify(holder));
  (await takeLock(dir, "up"))();
  expect(readdirSync(root)).toEqual([]);
});

it("is taken over from a file that was cut off", async () => {
  writeFileSync(file, '{"pid":');
  (await takeLock(dir, "up"))();
  expect(readdirSync(root)).toEqual([]);
});

it("is waited for when its holder was interrupted, since that is ending", async () => {
  const other = spawn(process.execPath, ["--import", "tsx", join(__dirname, "lock-run.ts"), dir], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(other.stdout, "data");
    await expect(takeLock(dir, "down")).rejects.toThrow(`pid ${other.pid}`);
    other.kill("SIGTERM");
    await once(other.stdout, "data");
    let waited = false;
    const release = await takeLock(dir, "down", () => {
      waited = true;
    });
    expect(waited).toBe(true);
    // It gives the lock back as the last thing that it does.
    if (other.exitCode === null) await once(other, "exit");
    expect(other.exitCode).toBe(130);
    release();
    expect(readdirSync(root)).toEqual([]);
  } finally {
    other.kill("SIGKILL");
  }
}, 60_000);
