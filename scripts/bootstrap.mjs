#!/usr/bin/env node
// Runs a TypeScript entry of this project from a bare clone: installs the locked npm packages first where they are missing or stale.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  console.error(`Node ${process.versions.node} is too old: this project needs 20.20 or newer.`);
  process.exit(2);
}

// Whoever ends this process means the one that works: it gets the signal, and this one waits until it has cleaned up.
let working;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => working?.kill(signal));

function run(command, commandArgs, options) {
  return new Promise((resolve, reject) => {
    working = spawn(command, commandArgs, options);
    working.once("error", reject);
    working.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

const lockHash = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const stamp = join(root, "node_modules", ".installed-lock");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lockHash) {
  console.error("installing npm packages (npm ci) ...");
  const status = await run("npm", ["ci", "--no-progress", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error(
      "npm ci failed (see above); check the npm registry in your npm configuration and run the command again.",
    );
    process.exit(status);
  }
  writeFileSync(stamp, lockHash);
}

// Resolved from here: the person may stand in another folder.
const tsx = pathToFileURL(createRequire(join(root, "package.json")).resolve("tsx")).href;
process.exit(
  await run(process.execPath, ["--import", tsx, join(root, entry), ...args], {
    cwd: process.env.INIT_CWD ?? root,
    stdio: "inherit",
  }),
);
