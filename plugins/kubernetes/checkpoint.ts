/** The state of one object as Pulumi stores it: the live object, and beside it the inputs that made it. */
import { hasSecret, isObject, keepSecrets, type Properties, Secret, unwrap, unwrapProperties } from "../shared/values";
import type { KubeObject } from "./objects";
import { toSdkKeys, toServerKeys } from "./objects";

export interface State {
  live: KubeObject;
  /** Normalized inputs of the last deployment; of the last refresh, as found. */
  inputs: Properties;
  fieldManager?: string;
  initialApiVersion?: string;
}

/** kubectl keeps a copy of the whole object in it. */
const COPY = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"];

/** Marks what came from secrets, and a Secret's data wherever it came from. */
export function markSecrets(object: Properties, inputs: Properties): Properties {
  const marked = keepSecrets(object, inputs);
  if (object.kind !== "Secret" && !hasSecret(inputs)) return marked;
  const hidden = object.kind === "Secret" ? [["data"], ["stringData"], COPY] : [COPY];
  return hidden.reduce(hide, marked);
}

function hide(object: Properties, [head = "", ...rest]: string[]): Properties {
  const value = object[head];
  if (value === undefined || value instanceof Secret) return object;
  if (rest.length === 0) return { ...object, [head]: new Secret(unwrap(value)) };
  return isObject(value) ? { ...object, [head]: hide(value, rest) } : object;
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
