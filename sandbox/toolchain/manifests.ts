import { existsSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Step } from "../progress";
import { moduleDir } from "./go";
import { storedAt } from "./store";
import { versions } from "./versions";

/** What an installation consists of. */
export const installations = ["tekton-pipelines", "tekton-triggers", "cert-manager-crds"] as const;
/** CustomResourceDefinitions alone, of operators that an environment's cluster has already: what is declared is checked against them. */
export const definitionSets = [
  "barman-cloud-crds",
  "cert-manager-crds",
  "cluster-api-crds",
  "karpenter-crds",
  "kueue-crds",
  "prometheus-operator-crds",
] as const;

export type ManifestName = (typeof installations)[number] | (typeof definitionSets)[number];

/** Which module carries the manifests, and in which of its folders they lie. */
export const manifestSets: Record<ManifestName, { module: string; version: string; folders: readonly string[] }> = {
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
  "barman-cloud-crds": {
    module: "github.com/cloudnative-pg/plugin-barman-cloud",
    version: versions.barmanCloud,
    folders: ["config/crd/bases"],
  },
  "cert-manager-crds": {
    module: "github.com/cert-manager/cert-manager",
    version: versions.certManager,
    folders: ["deploy/crds"],
  },
  "cluster-api-crds": {
    module: "sigs.k8s.io/cluster-api",
    version: versions.clusterApi,
    folders: ["core/config/crd/bases"],
  },
  "karpenter-crds": {
    module: "sigs.k8s.io/karpenter",
    version: versions.karpenter,
    folders: ["pkg/apis/crds"],
  },
  "kueue-crds": {
    module: "sigs.k8s.io/kueue",
    version: versions.kueue,
    folders: ["config/components/crd/bases"],
  },
  "prometheus-operator-crds": {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: versions.prometheusOperator,
    folders: ["example/prometheus-operator-crd"],
  },
};

/** The folder of upstream's YAML, all files in it; `npm run toolchain` fills every one, a run of the sandbox those that it installs. */
export function manifests(name: ManifestName): string {
  const folder = storedAt(`${name}-manifests`, manifestSets[name].version);
  if (!existsSync(folder))
    throw new Error(`the manifests of ${name} are not in ${folder}: run \`npm run toolchain\` first`);
  return folder;
}

/** Copies the YAML of a manifest set into `into`. Throws when two files would have the same name, since one would be lost. */
export async function collectManifests(name: ManifestName, into: string, step: Step): Promise<void> {
  const { module, version, folders } = manifestSets[name];
  const root = await moduleDir(module, version, step);
  const from = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await readdir(join(root, folder))) {
      if (!file.endsWith(".yaml")) continue;
      const other = from.get(file);
      if (other !== undefined)
        throw new Error(`${module}@v${version}: ${folder}/${file} has the name of ${other}/${file}`);
      from.set(file, folder);
      await copyFile(join(root, folder, file), join(into, file));
    }
  }
}
