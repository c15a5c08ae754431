import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes from Pulumi's state folder what one that was killed left half written. It writes a file whole or not at all, by way of NAME.HASH.tmp,
 * but not what it notes beside it in NAME.attrs: with that cut off, it refuses to read the file itself, and without it, it does not.
 */
export function mendBackend(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    if (entry.name.endsWith(".tmp") || (entry.name.endsWith(".attrs") && !isJson(file))) rmSync(file);
  }
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}
