/** The annotations by which a program steers this plugin, as documented for the official one. */
import { ProviderError } from "../shared/errors";
import type { KubeObject } from "./objects";

export const AUTONAMED = "pulumi.com/autonamed";

function read(object: KubeObject, name: string): string | undefined {
  const value = object.metadata?.annotations?.[`pulumi.com/${name}`];
  return value === undefined || value === null ? undefined : String(value);
}

export function isAutonamed(object: KubeObject): boolean {
  return read(object, "autonamed") === "true";
}

export function skipsAwait(object: KubeObject): boolean {
  return read(object, "skipAwait") === "true";
}

export function forcesPatch(object: KubeObject): boolean {
  return read(object, "patchForce") === "true";
}

export const REPLACE_UNREADY = "pulumi.com/replaceUnready";

/** Whether an object that can no longer get ready is to be made anew by the next update. */
export function replacesUnready(object: KubeObject): boolean {
  return read(object, "replaceUnready") === "true";
}

export function fieldManager(object: KubeObject): string | undefined {
  return read(object, "patchFieldManager") || undefined;
}

/** Conditions of `pulumi.com/waitFor`: one, or a JSON list of them. Throws `ProviderError` on a list that is no JSON. */
export function waitFor(object: KubeObject): string[] {
  const value = read(object, "waitFor");
  if (!value) return [];
  if (!value.trimStart().startsWith("[")) return [value];
  try {
    return (JSON.parse(value) as unknown[]).map(String);
  } catch {
    throw new ProviderError(`pulumi.com/waitFor: ${value} begins like a JSON list and is none`);
  }
}

const DEFAULT_TIMEOUT_S = 600;

/** How long to wait for an object, in milliseconds: the resource option, else the annotation, else ten minutes. */
export function timeoutMs(optionSeconds: number, object: KubeObject): number {
  if (optionSeconds > 0) return optionSeconds * 1000;
  const annotated = Number(read(object, "timeoutSeconds") ?? Number.NaN);
  return (Number.isFinite(annotated) && annotated > 0 ? annotated : DEFAULT_TIMEOUT_S) * 1000;
}

/** What happens to an object's dependents when it is deleted. */
export function propagation(object: KubeObject): "Foreground" | "Background" | "Orphan" {
  const policy = read(object, "deletionPropagationPolicy")?.toLowerCase();
  if (policy === "orphan") return "Orphan";
  return policy === "background" ? "Background" : "Foreground";
}
