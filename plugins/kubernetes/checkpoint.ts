/** The state of one object as Pulumi stores it: the live object, and beside it the inputs that made it. */
import { isObject, keepSecrets, type Properties, Secret, unwrap, unwrapProperties } from "../shared/values";
import type { KubeObject } from "./objects";
import { toSdkKeys, toServerKeys } from "./objects";

export interface State {
  live: KubeObject;
  /** Normalized inputs of the last deployment; of the last refresh, as found. */
  inputs: Properties;
  fieldManager?: string;
  initialApiVersion?: string;
}

/** Marks what came from secrets, and a Secret's data wherever it came from. */
export function markSecrets(object: Properties, inputs: Properties): Properties {
  if (object.kind !== "Secret") return keepSecrets(object, inputs);
  const result = { ...object };
  for (const key of ["data", "stringData"]) {
    const value = result[key];
    if (value !== undefined && !(value instanceof Secret)) result[key] = new Secret(unwrap(value));
  }
  return result;
}

/** `given`: the inputs with their secret wrapping. */
export function toOutputs(state: Required<State>, given: Properties): Properties {
  return {
    ...markSecrets(toSdkKeys(state.live as Properties), toSdkKeys(given)),
    __inputs: markSecrets(toSdkKeys(state.inputs), toSdkKeys(given)),
    __fieldManager: state.fieldManager,
    __initialApiVersion: state.initialApiVersion,
  };
}

export function fromOutputs(outputs: Properties): State {
  const { __inputs, __fieldManager, __initialApiVersion, ...live } = toServerKeys(unwrapProperties(outputs));
  return {
    live: live as KubeObject,
    inputs: isObject(__inputs) ? __inputs : {},
    ...(typeof __fieldManager === "string" ? { fieldManager: __fieldManager } : {}),
    ...(typeof __initialApiVersion === "string" ? { initialApiVersion: __initialApiVersion } : {}),
  };
}
