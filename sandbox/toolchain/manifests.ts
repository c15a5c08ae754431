import { existsSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Step } from "../progress";
import { moduleDir } from "./go";
import { storedAt } from "./store";
import { versions } from "./versions";

export type ManifestName = "tekton-pipelines" | "tekton-triggers" | "cert-manager";

interface ManifestSet {
  module: string;
  version: string;
  /** Folders of the module whose files belong to an installation. */
  folders: readonly string[];
  /** Beginning of the names of the files that are wanted; all without it. */
  prefix?: string;
}

/** Which module carries the manifests, and where. */
export const manifestSets: Record<ManifestName, ManifestSet> = {
  // Without `resolvers`: fetching pipelines from git, bundles and hubs is a way in that nothing here uses.
  "tekton-pipelines": {
    module: "github.com/tektoncd/pipeline",
    version: versions.tektonPipelines,
    folders: ["config", "config/100-namespace", "config/300-crds"],
  },
  "tekton-triggers": {
    module: "github.com/tektoncd/triggers",
    version: versions.tektonTriggers,
    folders: ["config", "config/interceptors"],
  },
  // Without the definitions of ACME, which nothing here uses.
  "cert-manager": {
    module: "github.com/cert-manager/cert-manager",
    version: versions.certManager,
    folders: ["deploy/crds"],
    prefix: "cert-manager.io_",
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
  const { module, version, folders, prefix = "" } = manifestSets[name];
  const root = await moduleDir(module, version, step);
  const from = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(join(root, folder))) {
      if (!file.startsWith(prefix) || !file.endsWith(".yaml")) continue;
      const other = from.get(file);
      if (other !== undefined)
        throw new Error(`${module}@v${version}: ${folder}/${file} has the name of ${other}/${file}`);
      from.set(file, folder);
      await copyFile(join(root, folder, file), join(into, file));
    }
  }
}
