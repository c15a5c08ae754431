import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SandboxError } from "./errors";
import { readIfThere, writeAtomic } from "./files";
import { identify, isAlive, type ProcessId } from "./host/processes";
import { checkInterrupt, onInterrupt } from "./process";

interface Holder extends ProcessId {
  readonly command: string;
  /** It was interrupted, and only cleans up. */
  readonly ending?: boolean;
}

const POLL_MS = 200;
/** How long a run that was interrupted may take to end. */
const ENDING_MS = 120_000;

/**
 * Takes an instance's lock for this process; returns what gives it back. Refuses, naming the holder, while another runner works; one that was
 * interrupted is waited for, since whoever ended it may not have waited until it has cleaned up.
 * It lies beside the instance's folder `dir`, not in it: whoever removes the folder still holds the lock.
 */
export async function takeLock(dir: string, command: string, waiting: () => void = sayWaiting): Promise<() => void> {
  mkdirSync(dirname(dir), { recursive: true });
  const file = join(dirname(dir), `.${basename(dir)}.lock`);
  const id = identify(process.pid);
  if (!id) throw new Error("cannot read /proc/self/stat");
  const own: Holder = { ...id, command };
  const patience = Date.now() + ENDING_MS;
  for (let waited = false; !makeLock(file, own); ) {
    checkInterrupt();
    const text = readIfThere(file);
    if (text === undefined) continue;
    const holder = parse(text);
    if (!holder || !isAlive(holder)) {
      removeStale(file, text);
      continue;
    }
    if (!holder.ending || Date.now() > patience) {
      throw new SandboxError(
        `another run ("${holder.command}", pid ${holder.pid}) works on this instance (${dir}): ` +
          `wait for it, or end it with: kill ${holder.pid}`,
      );
    }
    if (!waited) waiting();
    waited = true;
    await sleep(POLL_MS);
  }
  const isOwn = () => parse(readIfThere(file) ?? "")?.pid === own.pid;
  const forget = onInterrupt(() => {
    try {
      if (isOwn()) writeAtomic(file, JSON.stringify({ ...own, ending: true } satisfies Holder));
    } catch {
      // On a full disk, say: the next run is refused instead of waiting.
    }
  });
  return () => {
    forget();
    if (isOwn()) rmSync(file, { force: true });
  };
}

/** Makes a lock whole or not at all, and never over an existing one: false. */
function makeLock(file: string, own: Holder): boolean {
  const made = `${file}.${own.pid}`;
  writeFileSync(made, JSON.stringify(own));
  try {
    linkSync(made, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(made, { force: true });
  }
}

function sayWaiting(): void {
  process.stderr.write("waiting for another run on this instance, which was interrupted and is ending ...\n");
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
