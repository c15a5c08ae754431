import { existsSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Step } from "../progress";
import { moduleDir } from "./go";
import { storedAt } from "./store";
import { versions } from "./versions";

export type ManifestName = "tekton-pipelines" | "tekton-triggers";

/** Which module carries the manifests, and which of the folders under its `config/` belong to an installation (`.` is `config/` itself). */
export const manifestSets: Record<ManifestName, { module: string; version: string; folders: readonly string[] }> = {
  // Without `resolvers`: fetching pipelines from git, bundles and hubs is a way in that nothing here uses.
  "tekton-pipelines": {
    module: "github.com/tektoncd/pipeline",
    version: versions.tektonPipelines,
    folders: [".", "100-namespace", "300-crds"],
  },
  "tekton-triggers": {
    module: "github.com/tektoncd/triggers",
    version: versions.tektonTriggers,
    folders: [".", "interceptors"],
  },
};

/** The folder of upstream's YAML, all files in it; it is filled by `npm run toolchain` and by every run of the sandbox. */
export function manifests(name: ManifestName): string {
  const folder = storedAt(`${name}-manifests`, manifestSets[name].version);
  if (!existsSync(folder))
    throw new Error(`the manifests of ${name} are not in ${folder}: run \`npm run toolchain\` first`);
  return folder;
}

/** Copies the YAML of a manifest set into `into`. Throws when two files would have the same name, since one would be lost. */
export async function collectManifests(name: ManifestName, into: string, step: Step): Promise<void> {
  const { module, version, folders } = manifestSets[name];
  const config = join(await moduleDir(module, version, step), "config");
  const from = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(join(config, folder))) {
      if (!file.endsWith(".yaml")) continue;
      const other = from.get(file);
      if (other !== undefined)
        throw new Error(`${module}@v${version}: config/${folder}/${file} has the name of config/${other}/${file}`);
      from.set(file, folder);
      await copyFile(join(config, folder, file), join(into, file));
    }
  }
}
