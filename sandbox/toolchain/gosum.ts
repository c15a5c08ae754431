import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/**
 * Go's `h1:` checksum of a module whose zip is unpacked in `dir` (which holds the folder `module@version`): the SHA-256, in base64, of a list of
 * lines `<SHA-256 of the file, hex>  <path in the zip>` sorted by path (golang.org/x/mod/sumdb/dirhash, Hash1).
 */
export async function moduleSum(dir: string, module: string): Promise<string> {
  const entries = await readdir(join(dir, module), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
  const list = createHash("sha256");
  for (const file of files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    list.update(
      `${createHash("sha256")
        .update(await readFile(join(dir, file)))
        .digest("hex")}  ${file}\n`,
    );
  }
  return `h1:${list.digest("base64")}`;
}
