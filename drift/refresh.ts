/** What Pulumi's plugins see themselves. */
import type { EngineEvent, Stack, StepEventStateMetadata } from "@pulumi/pulumi/automation";
import { type Path, parsePath } from "../plugins/shared/paths";
import type { Properties, Value } from "../plugins/shared/values";
import { differencesAt, type Found, valueAt } from "./drift";
import { fromState, nameOf, type Resource } from "./state";

/** Resources that a refresh would take note of, from a preview of it, which writes neither to the state nor to any server. */
export async function previewRefresh(stack: Stack, resources: readonly Resource[]): Promise<Found[]> {
  const found = new Map<string, Found>();
  const onEvent = (event: EngineEvent) => {
    const seen = changeIn(event, resources);
    if (seen) found.set(seen.urn, seen);
  };
  await stack.previewRefresh({ color: "never", onEvent });
  return [...found.values()];
}

function changeIn({ resourcePreEvent, resOutputsEvent }: EngineEvent, resources: readonly Resource[]) {
  const metadata = (resOutputsEvent ?? resourcePreEvent)?.metadata;
  const resource = resources.find(({ urn }) => urn === metadata?.urn);
  if (!metadata || !resource || resource.provider === undefined) return undefined;
  const found = { urn: resource.urn, name: nameOf(resource) };
  if (metadata.op === "delete") return { ...found, differences: [] };
  const paths = Object.keys(metadata.detailedDiff ?? {});
  // Without a difference it is as it was, or is not ready, which is no drift.
  if (paths.length === 0) return undefined;
  const { old, new: now } = metadata;
  const differences = paths.flatMap((text) => {
    const path = parsePath(text);
    return differencesAt(path, inState(old, path), inState(now, path));
  });
  return { ...found, differences };
}

/** The engine masks secrets in its events. */
function inState(state: StepEventStateMetadata | undefined, path: Path): Value | undefined {
  const of = (properties: object | undefined) => valueAt(fromState(properties ?? {}) as Properties, path);
  return of(state?.outputs) ?? of(state?.inputs);
}
