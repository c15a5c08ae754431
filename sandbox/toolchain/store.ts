import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheDir } from "../paths";
import type { Step } from "../progress";
import { withLock } from "./lock";

const running = new Map<string, Promise<string>>();

/** In a folder that is filled in place: it is complete. */
const COMPLETE = ".complete";

export interface FolderOptions {
  /** The content holds its own absolute path (a Python venv does) and is filled where it stays; a marker file says that it is complete. */
  inPlace?: boolean;
}

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
export function ensureFolder(
  target: string,
  step: Step,
  fill: (into: string) => Promise<void>,
  options: FolderOptions = {},
): Promise<string> {
  const already = running.get(target);
  if (already) return already;
  const work = fillOnce(target, step, fill, options).finally(() => running.delete(target));
  running.set(target, work);
  return work;
}

/** Says whether `ensureFolder` with the same options would return at once. */
export function isComplete(target: string, { inPlace }: FolderOptions = {}): boolean {
  return existsSync(inPlace ? join(target, COMPLETE) : target);
}

async function fillOnce(
  target: string,
  step: Step,
  fill: (into: string) => Promise<void>,
  options: FolderOptions,
): Promise<string> {
  if (isComplete(target, options)) return target;
  const parent = dirname(target);
  const prefix = `.${basename(target)}.`;
  await mkdir(parent, { recursive: true });
  const waiting = () => step.note("waiting for another run that makes the same");
  return withLock(join(parent, `${prefix}lock`), waiting, async () => {
    if (isComplete(target, options)) return target;
    for (const entry of await readdir(parent)) {
      if (entry.startsWith(`${prefix}part-`)) await remove(join(parent, entry));
    }
    if (options.inPlace) await remove(target);
    const part = options.inPlace ? target : join(parent, `${prefix}part-${process.pid}`);
    await mkdir(part);
    try {
      await fill(part);
      if (options.inPlace) await writeFile(join(part, COMPLETE), "");
      else await rename(part, target);
    } catch (error) {
      await remove(part);
      throw error;
    }
    return target;
  });
}

const remove = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 5 });

/** Marks a folder as used now, for `sweep`. */
export async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now);
}

/** Of the complete folders in `parent` whose names begin with `prefix`, removes all but the `keep` that were used last. */
export async function sweep(parent: string, keep: number, prefix = ""): Promise<void> {
  const names = (await readdir(parent)).filter((name) => !name.startsWith(".") && name.startsWith(prefix));
  const used = await Promise.all(names.map(async (name) => ({ name, at: await usedAt(join(parent, name)) })));
  used.sort((a, b) => b.at - a.at);
  for (const { name } of used.slice(keep)) await remove(join(parent, name));
}

/** Milliseconds since the epoch; the start of it for a folder that another run swept just now. */
async function usedAt(folder: string): Promise<number> {
  try {
    return (await stat(folder)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return 0;
  }
}
