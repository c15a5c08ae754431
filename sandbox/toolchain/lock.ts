import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Runs `work` while this process alone, of all on the machine, holds the lock on `file`.
 *
 * The kernel keeps the lock, through util-linux' flock and a child that lives as long as the pipe from this process: a run that is
 * killed in any way lets go at once, so that no lock is ever stale. `waiting` is called when another run holds it.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = await acquire(file, waiting);
  try {
    return await work();
  } finally {
    await release(holder);
  }
}

function acquire(file: string, waiting: () => void): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    // In a process group of its own: an interrupt from the terminal must not free the lock while its owner still cleans up.
    const holder = spawn("flock", ["--exclusive", "--no-fork", file, "sh", "-c", "echo held; exec cat >/dev/null"], {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    let complaint = "";
    const patience = setTimeout(waiting, 1000);
    const fail = (error: Error) => {
      clearTimeout(patience);
      reject(error);
    };
    holder.stdin.on("error", () => {});
    holder.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    holder.once("error", (error) => fail(new Error(`flock (package util-linux) cannot run: ${error.message}`)));
    holder.once("exit", (code) =>
      fail(new Error(`cannot lock ${file}: flock ended with ${code}: ${complaint.trim()}`)),
    );
    holder.stdout.once("data", () => {
      clearTimeout(patience);
      holder.removeAllListeners("exit");
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
