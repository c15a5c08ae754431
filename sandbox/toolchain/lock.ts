import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { checkInterrupt, Interrupted, onInterrupt } from "../process";
import { tied } from "../tied";

/** How `flock` tells that somebody else has the lock. */
const HELD = 75;

/**
 * Runs `work` while this process alone, of all on the machine, holds the lock on `file`.
 *
 * The kernel keeps the lock, through util-linux' flock and a child that lives as long as the pipe from this process: a run that is
 * killed in any way lets go at once, so that no lock is ever stale. `waiting` is called when another run holds it; an interrupt ends the wait.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  const holder = (await acquire(file, [], waiting)) as ChildProcess;
  try {
    return await work();
  } finally {
    await release(holder);
  }
}

/** Runs `work` under the lock when it is free; undefined, without a wait, when another run holds it. */
export async function withFreeLock<T>(file: string, work: () => Promise<T>): Promise<T | undefined> {
  const holder = await acquire(file, ["--nonblock", "--conflict-exit-code", String(HELD)], () => {});
  if (!holder) return undefined;
  try {
    return await work();
  } finally {
    await release(holder);
  }
}

async function acquire(file: string, flags: readonly string[], waiting: () => void): Promise<ChildProcess | undefined> {
  checkInterrupt();
  await mkdir(dirname(file), { recursive: true });
  return new Promise((resolve, reject) => {
    const command = ["--exclusive", "--no-fork", ...flags, file, "sh", "-c", "echo held; exec cat >/dev/null"];
    // In a process group of its own: an interrupt from the terminal must not free the lock while its owner still cleans up.
    const holder = spawn(...tied("flock", command), { stdio: ["pipe", "pipe", "pipe"], detached: true });
    let complaint = "";
    const patience = setTimeout(waiting, 1000);
    const forget = onInterrupt(() => {
      fail(new Interrupted());
      holder.kill("SIGKILL");
    });
    const settle = () => {
      clearTimeout(patience);
      forget();
      holder.removeAllListeners("exit");
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    holder.stdin.on("error", () => {});
    holder.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    holder.once("error", (error) => fail(new Error(`flock (package util-linux) cannot run: ${error.message}`)));
    holder.once("exit", (code) => {
      if (code === HELD && flags.length > 0) {
        settle();
        resolve(undefined);
      } else fail(new Error(`cannot lock ${file}: flock (package util-linux) ended with ${code}: ${complaint.trim()}`));
    });
    holder.stdout.once("data", () => {
      settle();
      resolve(holder);
    });
  });
}

function release(holder: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (holder.exitCode !== null || holder.signalCode !== null) return resolve();
    holder.once("exit", () => resolve());
    holder.stdin?.end();
  });
}
