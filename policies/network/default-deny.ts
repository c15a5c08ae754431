import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { mayEqual, namespaceOf, objectName, ofKind } from "../readers/kubernetes";
import type { Resource } from "../readers/resource";
import { at, entries, lacks, list, UNKNOWN } from "../readers/values";

export const defaultDeny: StackPolicy = {
  name: "default-deny",
  demand:
    "In every namespace of the stack a pod reaches nothing, and is reached by nothing, but for what a NetworkPolicy allows.",
  why: "A step that was taken over then talks to the object store as its own identity, and to nothing else: not to the database, not to the internet with the photos.",
  looksAt:
    "every Namespace, and its NetworkPolicies that select all pods: both directions must be covered, and no rule may be empty",
  remedy: "Make the namespace with LakeNamespace, which denies first.",
  levels: everywhere,
  *checkStack(resources) {
    const policies = ofKind(resources, "NetworkPolicy");
    for (const namespace of ofKind(resources, "Namespace")) {
      const own = policies.filter((policy) => mayEqual(namespaceOf(policy), objectName(namespace)));
      for (const direction of ["Ingress", "Egress"]) {
        if (!own.some((policy) => denies(policy, direction))) {
          yield [namespace, `no NetworkPolicy denies ${direction.toLowerCase()} to all of its pods`];
        }
      }
      for (const policy of own) {
        for (const key of ["ingress", "egress"]) {
          const open = list(at(policy.props, `spec.${key}`)).some((rule) => isEmpty(rule));
          if (open) yield [policy, `an ${key} rule is empty, and so allows everything`];
        }
      }
    }
  },
};

/** Whether a policy is about all pods of its namespace in a direction, so that what it does not allow is denied. */
function denies({ props }: Resource, direction: string): boolean {
  const selector = at(props, "spec.podSelector");
  const allPods = selector === UNKNOWN || isEmpty(selector);
  return allPods && !lacks(at(props, "spec.policyTypes"), direction);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && entries(value).length === 0;
}
