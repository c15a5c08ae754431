import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** What never belongs to a source tree's content: caches and build leftovers. */
const IGNORED = new Set(["node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"]);

/** Hash of strings, each apart from its neighbours: `["ab", "c"]` and `["a", "bc"]` differ. 16 hex digits. */
export function hashOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** Lines that describe a file or a tree: relative path, executable or not, and the hash of the content, in the order of the paths. */
export async function describeTree(root: string, relative = ""): Promise<string[]> {
  const path = join(root, relative);
  const info = await lstat(path);
  if (info.isSymbolicLink()) return [`link ${relative} ${await readlink(path)}`];
  if (!info.isDirectory()) {
    const content = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    return [`${info.mode & 0o100 ? "program" : "file"} ${relative} ${content}`];
  }
  const names = (await readdir(path)).filter((name) => !IGNORED.has(name) && !name.endsWith(".egg-info")).sort();
  return (await Promise.all(names.map((name) => describeTree(root, join(relative, name))))).flat();
}
