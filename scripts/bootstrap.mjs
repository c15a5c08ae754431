#!/usr/bin/env node
// Runs a TypeScript entry of this project from a bare clone: installs the locked npm packages first where they are missing or stale.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  console.error(`Node ${process.versions.node} is too old: this project needs 20.20 or newer.`);
  process.exit(2);
}

const lockHash = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const stamp = join(root, "node_modules", ".installed-lock");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lockHash) {
  console.error("installing npm packages (npm ci) ...");
  const install = spawnSync("npm", ["ci", "--no-progress", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (install.status !== 0) {
    console.error(
      "npm ci failed (see above); check the npm registry in your npm configuration and run the command again.",
    );
    process.exit(install.status ?? 1);
  }
  writeFileSync(stamp, lockHash);
}

// Resolved from here: the person may stand in another folder.
const tsx = pathToFileURL(createRequire(join(root, "package.json")).resolve("tsx")).href;
const run = spawnSync(process.execPath, ["--import", tsx, join(root, entry), ...args], {
  cwd: process.env.INIT_CWD ?? root,
  stdio: "inherit",
});
if (run.signal) process.kill(process.pid, run.signal);
process.exit(run.status ?? 1);
