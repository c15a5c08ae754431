/** How a report ends: what its exit code tells a pipeline. */

/** Mildest first. Terraform's 0, 1 and 2 mean the same. */
export const EXIT_CODES = {
  "no change": 0,
  changes: 2,
  "dangerous changes": 3,
  "policy violation": 4,
  error: 1,
} as const;

export type Outcome = keyof typeof EXIT_CODES;

const order = Object.keys(EXIT_CODES) as Outcome[];

/** The worst of several; of none, no change. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  return order[Math.max(0, ...outcomes.map((outcome) => order.indexOf(outcome)))] as Outcome;
}
