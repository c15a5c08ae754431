import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** A source that cannot give the tool on this machine; the next source is tried. */
export class Unavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unavailable";
  }
}

const GIB = 1024 ** 3;

/** Bytes free for this user on the filesystem that holds `dir` (or its nearest existing parent). */
export async function freeBytes(dir: string): Promise<number> {
  for (let at = dir; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}

const inGiB = (bytes: number) => `${(bytes / GIB).toFixed(bytes < 10 * GIB ? 2 : 0)} GiB`;

/** The disk is, or would become, full. */
export class NoSpace extends Error {
  constructor(
    readonly dir: string,
    needs: number,
    has: number,
  ) {
    super(
      `no space left: needs ${inGiB(needs)} in ${dir}, has ${inGiB(has)}; free some, or set DRONE_LAKE_CACHE to a folder on a larger disk`,
    );
    this.name = "NoSpace";
  }
}

/** Throws `NoSpace` unless `dir` has `needs` bytes free. */
export async function requireSpace(dir: string, needs: number): Promise<void> {
  const has = await freeBytes(dir);
  if (has < needs) throw new NoSpace(dir, needs, has);
}

/**
 * Runs `work`; a full disk in it, seen by this process or told by a command that it ran, becomes `NoSpace` for the fullest of `dirs`.
 */
export async function withSpace<T>(dirs: readonly string[], needs: number, work: () => Promise<T>): Promise<T> {
  for (const dir of dirs) await requireSpace(dir, needs);
  try {
    return await work();
  } catch (error) {
    if (error instanceof NoSpace || !/ENOSPC|no space left on device/i.test(describe(error))) throw error;
    const free = await Promise.all(dirs.map(async (dir) => ({ dir, has: await freeBytes(dir) })));
    const fullest = free.reduce((a, b) => (b.has < a.has ? b : a));
    throw new NoSpace(fullest.dir, needs, fullest.has);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  return `${code ?? ""} ${error.message} ${stderr ?? ""}`;
}
