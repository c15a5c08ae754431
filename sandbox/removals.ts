import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { exec } from "./process";
import type { Step } from "./progress";

/** Removes an instance's folder: out of sight first, so that a removal that is broken off leaves no half of an instance. */
export async function removeInstanceDir(dir: string, step: Step): Promise<void> {
  if (existsSync(dir)) renameSync(dir, `${asidePrefix(dir)}${randomUUID()}`);
  await finishRemovals(dir, step);
}

/** Removes what earlier removals of an instance's folder, broken off, have left. */
export async function finishRemovals(dir: string, step: Step): Promise<void> {
  for (const aside of unfinishedRemovals(dir)) await removeTree(aside, step);
}

/** What removals of an instance's folder have moved aside and not yet removed, and a trial of its disk that was broken off. */
export function unfinishedRemovals(dir: string): string[] {
  const parent = dirname(dir);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((path) => path.startsWith(asidePrefix(dir)) || path === trialDir(dir));
}

/** Where it is tried what the disk of an instance's folder can do: beside it, since it is not made before all is well. */
export const trialDir = (dir: string) => join(dirname(dir), `.${basename(dir)}.trial`);

const asidePrefix = (dir: string) => join(dirname(dir), `.${basename(dir)}.removed.`);

/** Never leaves the filesystem that the folder is on, whatever is mounted below it. */
export async function removeTree(dir: string, step: Step): Promise<void> {
  await exec("rm", ["-rf", "--one-file-system", "--", dir], { step });
}
