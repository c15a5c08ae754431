/** What a preview would do, in this project's own words. */
import type { Resource } from "../policies/readers/resource";
import type { Values } from "../policies/readers/values";

export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** One side of a change: the resource as it is in the state, or as the program wants it. */
export interface Side {
  /** Inputs with secrets masked by the engine, and `UNKNOWN` for what only `up` will know. */
  readonly inputs: Values;
  readonly outputs: Values;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

export interface Change {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
  /** Absent where it is created. */
  readonly before?: Side;
  /** Absent where it is deleted. */
  readonly after?: Side;
  /** Paths that the provider calls different, in Pulumi's notation. */
  readonly paths: readonly string[];
  /** Those of them for which it makes a new resource. */
  readonly replacing: readonly string[];
}

/** What a preview would do to a whole stack, resources that stay as they are among it. */
export type Plan = readonly Change[];

/** What the engine shows in place of a secret. */
export const SECRET = "[secret]";

/** One side as the policies' readers see a resource. */
export function resourceAt(change: Change, side: "before" | "after"): Resource | undefined {
  const { urn, type, name } = change;
  const found = change[side];
  return found && { urn, type, name, props: found.inputs, protect: found.protect, sources: {} };
}

/** All resources of one side. */
export function resourcesAt(plan: Plan, side: "before" | "after"): Resource[] {
  return plan.flatMap((change) => resourceAt(change, side) ?? []);
}

/** Whether anything happens to it; a change of its options alone counts. */
export function isChanged({ operation, before, after }: Change): boolean {
  return operation !== "same" || before?.protect !== after?.protect || before?.retainOnDelete !== after?.retainOnDelete;
}

/** Type without the module's repetition, then name: `kubernetes:apps/v1:StatefulSet data-lake-p0`. */
export function titleOf({ type, name }: Pick<Change, "type" | "name">): string {
  return `${type.replace(/^(\w+):index\/\w+:/, "$1:")} ${name}`;
}
