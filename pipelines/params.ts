import type { Param, ParamSpec } from "./tekton-types";

const DESCRIPTIONS = {
  "flight-key": "key of the flight manifest in drone-raw, URL-encoded as in the bucket's event",
  "flight-version": "VersionID of the flight manifest",
  "ortho-key": "key of the orthophoto in drone-ortho, URL-encoded as in the bucket's event",
  "ortho-version": "VersionID of the orthophoto",
  "model-name": "model in ai-models",
  "model-version": "VersionID of the model; the latest when empty",
  "least-class":
    "smallest size class to stitch in, after a smaller one had too little memory; the flight's own when empty",
  "run-name": "name of the PipelineRun",
} as const;
export type ParamName = keyof typeof DESCRIPTIONS;

/**
 * Declares params. Object keys travel in them only URL-encoded: those characters mean nothing to Tekton, to
 * Kubernetes' own expansion of `$(VAR)`, or to a shell.
 */
export function declared(names: readonly ParamName[], defaults: Partial<Record<ParamName, string>> = {}): ParamSpec[] {
  return names.map((name) => ({
    name,
    type: "string",
    description: DESCRIPTIONS[name],
    ...(defaults[name] === undefined ? {} : { default: defaults[name] }),
  }));
}

/** Hands the pipeline's own params on to a task, and the name of the run. */
export function passed(names: readonly ParamName[]): Param[] {
  return [
    ...names.map((name) => ({ name, value: `$(params.${name})` })),
    { name: "run-name", value: "$(context.pipelineRun.name)" },
  ];
}

/** What the plan of a flight goes by. */
export const PLANNED = ["flight-key", "flight-version", "least-class"] as const;
export const FLIGHT = ["flight-key", "flight-version"] as const;
export const ORTHO = ["ortho-key", "ortho-version"] as const;
export const MODEL = ["model-name", "model-version"] as const;

/** Environment variables of params: `flight-key` is `FLIGHT_KEY`. */
export function paramEnv(names: readonly ParamName[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name.replaceAll("-", "_").toUpperCase(), `$(params.${name})`]));
}
