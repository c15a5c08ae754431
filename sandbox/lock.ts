import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SandboxError } from "./errors";
import { readIfThere } from "./files";
import { identify, isAlive, type ProcessId } from "./host/processes";

interface Holder extends ProcessId {
  readonly command: string;
}

/**
 * Takes an instance's lock for this process; returns what gives it back. Refuses, naming the holder, while another runner works.
 * It lies beside the instance's folder `dir`, not in it: whoever removes the folder still holds the lock.
 */
export function takeLock(dir: string, command: string): () => void {
  mkdirSync(dirname(dir), { recursive: true });
  const file = join(dirname(dir), `.${basename(dir)}.lock`);
  const own = identify(process.pid);
  if (!own) throw new Error("cannot read /proc/self/stat");
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ ...own, command } satisfies Holder));
  try {
    for (;;) {
      try {
        // A link is made whole or not at all, and never over an existing one.
        linkSync(mine, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const text = readIfThere(file);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder && isAlive(holder)) {
        throw new SandboxError(
          `another run ("${holder.command}", pid ${holder.pid}) works on this instance (${dir}): ` +
            `wait for it, or end it with: kill ${holder.pid}`,
        );
      }
      removeStale(file, text);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (parse(readIfThere(file) ?? "")?.pid === own.pid) rmSync(file, { force: true });
  };
}

/** Removes a dead holder's lock. Two runners may both find it: whoever moved a fresh lock instead puts it back. */
function removeStale(file: string, stale: string): void {
  const moved = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readFileSync(moved, "utf8") !== stale) {
    try {
      linkSync(moved, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  rmSync(moved, { force: true });
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}
