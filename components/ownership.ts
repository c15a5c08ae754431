import type { Environment } from "../config";

/** Labels that say who answers for a thing and who pays for it. */
export function ownershipLabels({ ownership }: Pick<Environment, "ownership">): Record<string, string> {
  return { "drone-lake/owner": ownership.owner, "drone-lake/cost-center": ownership.costCenter };
}
