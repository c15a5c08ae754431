/** Bundles the server for its image: one file, and beside it what cannot be bundled. */
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const MODULES = join(__dirname, "..", "..", "node_modules");
/** Scales pictures by a native library. */
const NATIVE = "sharp";

/** Writes `main.js` and `node_modules` to `into`. The native library is that of this machine's platform. Throws esbuild's error if the sources do not bundle. */
export async function buildServer(into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  await build({
    entryPoints: [join(__dirname, "main.ts")],
    outfile: join(into, "main.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "inline",
    logLevel: "silent",
    external: [NATIVE],
  });
  const packages = await withDependencies(NATIVE);
  if (![...packages].some((name) => name.startsWith("@img/sharp-linux"))) {
    throw new Error("sharp's library for this platform is not installed: run npm ci with optional dependencies");
  }
  for (const name of packages) {
    await cp(join(MODULES, name), join(into, "node_modules", name), { recursive: true });
  }
}

/** The package and all that it depends on, as far as it is installed: of the libraries for platforms only this one's is. */
async function withDependencies(name: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(name)) return seen;
  let text: string;
  try {
    text = await readFile(join(MODULES, name, "package.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return seen;
    throw error;
  }
  seen.add(name);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>;
  for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) await withDependencies(other, seen);
  return seen;
}
