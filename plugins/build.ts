/** Bundles a plugin's sources into one file that starts fast, in the folder layout that the Pulumi engine looks for. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

export type BuildName = "kubernetes" | "minio" | "postgresql" | "random" | "language-nodejs";

/** The executable's name: the engine asks for it exactly. */
function executable(name: BuildName): string {
  return name === "language-nodejs" ? "pulumi-language-nodejs" : `pulumi-resource-${name}`;
}

/**
 * Writes `plugin.js` and the executable (`pulumi-resource-<name>`, for the language host `pulumi-language-nodejs`) to `outDir`.
 * A provider's folder is complete as `PULUMI_HOME/plugins/resource-<name>-v<version>/`. Throws esbuild's error if the sources do not bundle.
 */
export async function buildPlugin(name: BuildName, outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: [resolve(__dirname, name, "main.ts")],
    outfile: join(outDir, "plugin.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "inline",
    logLevel: "silent",
    // pg's native driver is optional, absent, and must stay a failing require.
    external: ["pg-native"],
  });
  const wrapper = join(outDir, executable(name));
  // The compile cache exists from Node 22 on and saves most of the start.
  await writeFile(
    wrapper,
    `#!/usr/bin/env node\nrequire("node:module").enableCompileCache?.();\nrequire(require("node:path").join(__dirname, "plugin.js"));\n`,
  );
  await chmod(wrapper, 0o755);
}
