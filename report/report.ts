/** What is told of the previews of some stacks, before it is put into words. */

import type { PolicyFinding } from "../policies/findings";
import type { Danger } from "./dangers/danger";
import { dangersOf } from "./dangers/index";
import { linesOfChange } from "./lines";
import { type Outcome, worst } from "./outcome";
import { type Change, isChanged, type Operation, type Plan, titleOf } from "./plan";
import { type Totals, totalsAt } from "./totals";

/** One preview, as the engine ended it. */
export interface Preview {
  readonly stack: string;
  readonly plan: Plan;
  readonly policies: readonly PolicyFinding[];
  /** Why the engine gave up, where it did. */
  readonly failure?: string;
}

export interface ChangeReport {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
  readonly replacing: readonly string[];
  /** Lines of a diff, secrets masked. */
  readonly lines: readonly string[];
  readonly dangerous: boolean;
}

export interface StackReport {
  readonly stack: string;
  readonly outcome: Outcome;
  readonly counts: Readonly<Record<Operation, number>>;
  readonly dangers: readonly Danger[];
  readonly policies: readonly PolicyFinding[];
  readonly totals: { readonly before: Totals; readonly after: Totals };
  readonly changes: readonly ChangeReport[];
  readonly failure?: string;
}

export interface Report {
  /** Raised when a reader of the JSON would have to change. */
  readonly format: 1;
  readonly outcome: Outcome;
  /** What the program is compared with, in words. */
  readonly comparedWith: string;
  readonly stacks: readonly StackReport[];
}

const WEIGHT: Record<Operation, number> = { delete: 0, replace: 1, update: 2, same: 3, create: 4 };

/** Dangerous changes first, then those that take something away; else by title, since the engine's order differs from run to run. */
function byWeight(a: ChangeReport, b: ChangeReport): number {
  return (
    Number(b.dangerous) - Number(a.dangerous) ||
    WEIGHT[a.operation] - WEIGHT[b.operation] ||
    titleOf(a).localeCompare(titleOf(b))
  );
}

/** A component is made of its parts, whose changes are told; its own inputs change nothing. */
function isComponent({ type }: Change): boolean {
  return type.startsWith("drone-data-lake:") || type === "pulumi:pulumi:Stack";
}

export function stackReport({ stack, plan, policies, failure }: Preview): StackReport {
  const resources = plan
    .filter((change) => !isComponent(change))
    .sort((a, b) => titleOf(a).localeCompare(titleOf(b)) || a.urn.localeCompare(b.urn));
  const dangers = dangersOf(resources);
  const counts = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  for (const change of resources) counts[change.operation]++;
  const changes = resources.filter(isChanged).map((change): ChangeReport => {
    const { urn, type, name, operation, replacing } = change;
    const dangerous = dangers.some((danger) => danger.urn === urn);
    return { urn, type, name, operation, replacing, lines: linesOfChange(change), dangerous };
  });
  changes.sort(byWeight);
  const violated = policies.some(({ level }) => level === "mandatory");
  const outcome = worst([
    ...(failure === undefined ? [] : (["error"] as const)),
    ...(violated ? (["policy violation"] as const) : []),
    ...(dangers.length ? (["dangerous changes"] as const) : []),
    ...(changes.length ? (["changes"] as const) : []),
  ]);
  const totals = { before: totalsAt(resources, "before"), after: totalsAt(resources, "after") };
  return { stack, outcome, counts, dangers, policies, totals, changes, failure };
}

export function reportOf(comparedWith: string, previews: readonly Preview[]): Report {
  const stacks = previews.map(stackReport);
  return { format: 1, outcome: worst(stacks.map(({ outcome }) => outcome)), comparedWith, stacks };
}
