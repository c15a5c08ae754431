/** What is dangerous about a plan. */
import type { Plan } from "../plan";
import { backupStopped } from "./backup-stopped";
import type { Danger, DangerRule } from "./danger";
import { dataLost } from "./data-lost";
import { databaseRightsWidened } from "./database-rights-widened";
import { iamWidened } from "./iam-widened";
import { networkOpened } from "./network-opened";
import { protectionRemoved } from "./protection-removed";
import { rbacWidened } from "./rbac-widened";
import { redundancyLowered } from "./redundancy-lowered";
import { retentionLowered } from "./retention-lowered";
import { tlsOff } from "./tls-off";
import { versioningOff } from "./versioning-off";
import { volumesChanged } from "./volumes-changed";

/** Worst first: reports follow this order. */
export const dangerRules: readonly DangerRule[] = [
  dataLost,
  volumesChanged,
  versioningOff,
  retentionLowered,
  protectionRemoved,
  backupStopped,
  iamWidened,
  databaseRightsWidened,
  rbacWidened,
  networkOpened,
  tlsOff,
  redundancyLowered,
];

/** Every dangerous thing that a plan does, by rule and then by resource. A stack of which there is nothing yet has nothing to lose. */
export function dangersOf(plan: Plan): Danger[] {
  if (!plan.some(({ before }) => before !== undefined)) return [];
  return dangerRules.flatMap((rule) =>
    plan.flatMap((change) =>
      [...rule.find(change, plan)].map((what) => {
        const { urn, type, name } = change;
        return { rule: rule.name, why: rule.why, urn, type, name, what };
      }),
    ),
  );
}
