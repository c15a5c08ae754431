import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { at, entry, missing } from "../readers/values";
import { OWNER_LABELS } from "../settings";

/** Where labels lie of what costs money by itself: everything else is in a namespace. */
const LABELS: Record<string, string> = { Namespace: "metadata.labels", NodePool: "spec.template.metadata.labels" };

export const ownerAndCost: ResourcePolicy = {
  name: "owner-and-cost",
  demand: "Every namespace and every pool of nodes says who answers for it and who pays.",
  why: "A machine with GPUs costs as much in a week as a flight; without a name on it nobody ends it, and nobody is asked before it is ended.",
  looksAt: `labels ${OWNER_LABELS.join(" and ")} of Namespaces, and of the nodes of Karpenter's NodePools`,
  remedy: "Set `ownership` in the stack's config.",
  levels: everywhere,
  *check(resource) {
    const path = LABELS[kindOf(resource) ?? ""];
    if (!path) return;
    const labels = at(resource.props, path);
    const without = OWNER_LABELS.filter((label) => missing(entry(labels, label)));
    if (without.length) yield `it has no label ${without.join(" and ")}`;
  },
};
