import { join } from "node:path";
import type { Reporter } from "../progress";
import { collectManifests, installations, type ManifestName, manifestSets } from "./manifests";
import { packages } from "./packages";
import { ensurePackage, findInstalled } from "./resolve";
import { ensureFolder, isComplete, storedAt } from "./store";

export { definitionSets, installations, type ManifestName, manifests } from "./manifests";
export { postgresBin, postgresEnv } from "./postgres";
export { ensurePulumi, type PulumiInstallation } from "./pulumi";
export { type Extra, ensureVenv } from "./venv";
export { versions } from "./versions";

export const toolNames = [
  "etcd",
  "containerd",
  "runc",
  "cni-plugins",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
  "pulumi",
  "minio",
  "mc",
  "coredns",
  "local-path-provisioner",
  "cert-manager-controller",
  "network-policy-enforcer",
  "buildkitd",
  "buildctl",
  "actionlint",
  "node",
  "tekton-pipelines",
  "tekton-triggers",
  "postgres",
  "debootstrap",
  "iptables",
] as const;
export type ToolName = (typeof toolNames)[number];

/**
 * Returns the absolute path of a tool at its pinned version: the command itself, or a folder for `containerd` (containerd, ctr and the shims),
 * `cni-plugins`, `iptables` (a root with usr/sbin and its libraries), `postgres` (see `postgresBin` and `postgresEnv`), `tekton-pipelines` and `tekton-triggers` (their commands).
 * Looked for in this order: installed, in the cache, official download, Go module or Debian package.
 */
export async function ensureTool(name: ToolName, report: Reporter): Promise<string> {
  const pack = packages.find(({ tools }) => name in tools);
  const tool = pack?.tools[name];
  if (!pack || !tool) throw new Error(`unknown tool ${name}`);
  const installed = tool.installed && (await findInstalled(tool.installed));
  return installed ?? join(await ensurePackage(pack, report), tool.path);
}

/** Makes the folders that `manifests` returns. */
export async function ensureManifests(report: Reporter, names: readonly ManifestName[] = installations): Promise<void> {
  for (const name of names) {
    const title = `${name}-manifests`;
    const { version } = manifestSets[name];
    const folder = storedAt(title, version);
    if (isComplete(folder)) continue;
    await report.step(`${title} ${version}`, (step) =>
      ensureFolder(folder, step, (into) => collectManifests(name, into, step)),
    );
  }
}
