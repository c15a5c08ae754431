import { isObject, type Properties } from "../shared/values";
import { normalize } from "./normalize";
import type { KubeObject } from "./objects";

const SERVERS_ANNOTATIONS = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/** Inputs of an object that no program made: everything but its status and what only the server writes. */
export function importedInputs(live: KubeObject): Properties {
  const { status, ...rest } = live;
  const inputs = normalize(rest as Properties);
  const metadata = inputs.metadata as Properties;
  if (isObject(metadata.annotations)) {
    const kept = Object.entries(metadata.annotations).filter(([key]) => !SERVERS_ANNOTATIONS.includes(key));
    if (kept.length > 0) metadata.annotations = Object.fromEntries(kept);
    else delete metadata.annotations;
  }
  return inputs;
}
