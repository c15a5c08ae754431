/** What a provider would have answered, had it made an object. */
import { isObject, type Properties, Secret, Unknown, type Value } from "../../plugins/shared/values";

/** Stands in a rehearsed state for what only a server could tell. */
export const STAND_IN = "known to a real deployment only";

/** A preview's outputs with every unknown replaced, so that they can be kept in a state. */
export function standIn(value: Value): Value {
  if (value instanceof Unknown) return STAND_IN;
  if (value instanceof Secret) return new Secret(standIn(value.value));
  if (Array.isArray(value)) return value.map(standIn);
  return isObject(value) ? standIns(value) : value;
}

export function standIns(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, standIn(value)]));
}

/** The state of a Kubernetes object in the provider's own form: the live object is what was asked for. */
export function kubernetesOutputs(inputs: Properties): Properties {
  return {
    ...inputs,
    __inputs: inputs,
    __fieldManager: "pulumi-kubernetes-rehearsal",
    __initialApiVersion: inputs.apiVersion ?? "v1",
  };
}
