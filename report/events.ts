/** The engine's events as a plan. */
import type { EngineEvent, StepEventMetadata, StepEventStateMetadata } from "@pulumi/pulumi/automation";
import { UNKNOWN, type Values } from "../policies/readers/values";
import { type Change, type Operation, SECRET, type Side } from "./plan";

/** How the engine writes a value that only `up` will know. */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key by which it marks what is no plain value; in its events that is a secret, whose text it has taken away. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** What the engine calls the parts of a replacement and of the rest. */
const OPERATIONS: Record<string, Operation> = {
  create: "create",
  update: "update",
  delete: "delete",
  same: "same",
  import: "create",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
};

/** Every resource once, in the order in which the engine came to it. */
export function planOf(events: readonly EngineEvent[]): Change[] {
  const plan = new Map<string, Change>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const step = resourcePreEvent?.metadata ?? resOutputsEvent?.metadata;
    const operation = step && OPERATIONS[step.op];
    if (!step || !operation) continue;
    plan.set(step.urn, merged(plan.get(step.urn), changeOf(step, operation)));
  }
  return [...plan.values()];
}

/** The parts of a replacement come one by one, in an order that depends on which must go first. */
function merged(known: Change | undefined, found: Change): Change {
  if (!known) return found;
  return {
    ...found,
    operation: known.operation === "replace" ? "replace" : found.operation,
    before: known.before ?? found.before,
    after: known.after ?? found.after,
    paths: known.paths.length ? known.paths : found.paths,
    replacing: known.replacing.length ? known.replacing : found.replacing,
  };
}

function changeOf(step: StepEventMetadata, operation: Operation): Change {
  const differences = Object.entries(step.detailedDiff ?? {});
  const paths = differences.length ? differences.map(([path]) => path) : (step.diffs ?? []);
  const marked = differences.flatMap(([path, { diffKind }]) => (String(diffKind).endsWith("-replace") ? [path] : []));
  return {
    urn: step.urn,
    type: step.type,
    name: step.urn.split("::").slice(3).join("::"),
    operation,
    before: operation === "create" ? undefined : sideOf(step.old),
    after: operation === "delete" || step.op === "delete-replaced" ? undefined : sideOf(step.new),
    paths,
    replacing: operation === "replace" ? (marked.length ? marked : (step.keys ?? [])) : [],
  };
}

function sideOf(state: StepEventStateMetadata | undefined | null): Side | undefined {
  if (!state) return undefined;
  return {
    inputs: known(state.inputs ?? {}) as Values,
    outputs: known(state.outputs ?? {}) as Values,
    protect: state.protect ?? false,
    retainOnDelete: state.retainOnDelete ?? false,
  };
}

/** The value with `UNKNOWN` where it is unknown, `SECRET` where it may not be seen, and without what providers note for themselves. */
function known(value: unknown): unknown {
  if (value === UNKNOWN_TEXT) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) return SECRET;
  const own = Object.entries(value).filter(([key]) => !key.startsWith("__"));
  return Object.fromEntries(own.map(([key, inner]) => [key, known(inner)]));
}
