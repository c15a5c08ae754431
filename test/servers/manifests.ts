/** The Kubernetes objects that the program declares, and the definitions of kinds that others install. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { fromToken, type GroupVersionKind, type KubeObject, toServerKeys } from "../../plugins/kubernetes/objects";
import type { Properties } from "../../plugins/shared/values";
import { definitionSets, manifests } from "../../sandbox/toolchain";
import type { Recorded } from "../components/recorder";

/** The objects of a recording as the server gets them, and those that a TriggerTemplate among them makes of an event. */
export function objectsOf(recorded: readonly Recorded[]): KubeObject[] {
  const declared = recorded
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ type, inputs }) => ({ ...toServerKeys(inputs as Properties), ...fromToken(type) }) as KubeObject);
  return [...declared, ...declared.filter(({ kind }) => kind === "TriggerTemplate").flatMap(madeBy)];
}

function madeBy({ metadata, spec }: KubeObject): KubeObject[] {
  const filled = JSON.stringify(spec.resourcetemplates).replaceAll(/\$\(tt\.params\.[\w-]+\)/g, "x");
  return (JSON.parse(filled) as KubeObject[]).map((object) => ({
    ...object,
    metadata: { namespace: metadata.namespace, ...object.metadata },
  }));
}

/** The definition of a kind, from upstream's own module; undefined where no set has it. */
export function definitionOf({ apiVersion, kind }: GroupVersionKind): KubeObject | undefined {
  const [group] = apiVersion.split("/");
  for (const folder of definitionSets.map(manifests)) {
    for (const file of readdirSync(folder).filter((name) => name.startsWith(`${group}_`))) {
      const text = readFileSync(join(folder, file), "utf8");
      // Only the one that is meant is parsed: some have a megabyte.
      if (new RegExp(`^    kind: ${kind}$`, "m").test(text)) return parse(text) as KubeObject;
    }
  }
  return undefined;
}
