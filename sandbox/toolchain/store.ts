import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheDir } from "../paths";
import type { Step } from "../progress";
import { withLock } from "./lock";

const running = new Map<string, Promise<string>>();

/** Where a version of a package is kept. It exists only when it is complete. Without Debian's epoch: a colon would split a search path. */
export function storedAt(name: string, version: string): string {
  return join(cacheDir(), "tools", name, version.replace(/^\d+:/, ""));
}

/**
 * Returns the folder `target`, filled by `fill` if it does not exist yet.
 *
 * `fill` works in a sibling folder that becomes `target` by one rename, so that a half-written target cannot exist. Of several runs, or several
 * callers in this run, one fills and the others wait. What a killed run left behind is swept by the next one.
 */
export function ensureFolder(target: string, step: Step, fill: (into: string) => Promise<void>): Promise<string> {
  const already = running.get(target);
  if (already) return already;
  const work = fillOnce(target, step, fill).finally(() => running.delete(target));
  running.set(target, work);
  return work;
}

async function fillOnce(target: string, step: Step, fill: (into: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  const parent = dirname(target);
  const prefix = `.${basename(target)}.`;
  await mkdir(parent, { recursive: true });
  const waiting = () => step.note("waiting for another run that builds the same");
  return withLock(join(parent, `${prefix}lock`), waiting, async () => {
    if (existsSync(target)) return target;
    for (const entry of await readdir(parent)) {
      if (entry.startsWith(`${prefix}part-`)) await rm(join(parent, entry), { recursive: true, force: true });
    }
    const part = join(parent, `${prefix}part-${process.pid}`);
    await mkdir(part);
    try {
      await fill(part);
      await rename(part, target);
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      throw error;
    }
    return target;
  });
}
