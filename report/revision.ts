/** The program as it was at a revision. */
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "../sandbox/errors";
import { checkout } from "../sandbox/paths";
import { ExecError, exec } from "../sandbox/process";
import type { Step } from "../sandbox/progress";

export interface Revision {
  /** Folder that holds it. */
  readonly folder: string;
  /** Its commit, in 12 characters. */
  readonly commit: string;
}

/**
 * Writes what git has at a revision into a folder of its own, with the npm packages that it locks.
 *
 * @throws SandboxError where git knows no such revision.
 */
export async function checkOut(revision: string, folder: string, step: Step): Promise<Revision> {
  const git = async (...args: string[]) => (await exec("git", args, { cwd: checkout, step })).stdout.trim();
  let commit: string;
  try {
    commit = await git("rev-parse", "--verify", "--quiet", `${revision}^{commit}`);
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    throw new SandboxError(
      `git knows no revision ${revision} in ${checkout}: fetch it, or name another (a shallow clone has only the newest)`,
    );
  }
  mkdirSync(folder, { recursive: true });
  const archive = `${folder}.tar`;
  await git("archive", "--format=tar", `--output=${archive}`, commit);
  await exec("tar", ["-xf", archive, "-C", folder], { step });
  const lock = (of: string) => readFileSync(join(of, "package-lock.json"), "utf8");
  if (lock(folder) === lock(checkout)) symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  else {
    step.note("installing the npm packages of that revision");
    await exec("npm", ["ci", "--no-progress", "--loglevel=error"], { cwd: folder, step });
  }
  return { folder, commit: commit.slice(0, 12) };
}
