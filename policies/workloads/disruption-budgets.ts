import { prodOnly } from "../levels";
import type { StackPolicy } from "../policy";
import { mayEqual, namespaceOf, ofKind, selects } from "../readers/kubernetes";
import { podTemplates } from "../readers/pods";
import { replicated } from "../readers/replicas";
import { at } from "../readers/values";

export const disruptionBudgets: StackPolicy = {
  name: "disruption-budgets",
  demand: "In production every replicated workload has a PodDisruptionBudget.",
  why: "An upgrade of the cluster drains node after node. Without a budget it takes two of the object store's nodes at once, and writes stop.",
  looksAt:
    "PodDisruptionBudgets whose selector takes the pods of a Deployment or StatefulSet with more than one replica",
  remedy: "Declare a PodDisruptionBudget with the workload's labels, from the quorum that it needs.",
  levels: prodOnly,
  *checkStack(resources) {
    const budgets = ofKind(resources, "PodDisruptionBudget");
    for (const workload of replicated(resources)) {
      const [template] = podTemplates(workload);
      const covered = budgets.some(
        (budget) =>
          mayEqual(namespaceOf(budget), namespaceOf(workload)) &&
          selects(at(budget.props, "spec.selector"), template?.labels),
      );
      if (!covered) yield [workload, "no PodDisruptionBudget selects its pods"];
    }
  },
};
