import { kindOf } from "../../policies/readers/kubernetes";
import { at, list, text } from "../../policies/readers/values";
import { type Plan, resourceAt } from "../plan";
import type { DangerRule } from "./danger";

/** One rule of a Role or ClusterRole; no resource names means all of them. */
export interface RbacRule {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly names: readonly string[];
}

const texts = (value: unknown) => list(value).flatMap((item) => text(item) ?? []);

export function rbacRules(inputs: unknown): RbacRule[] {
  return list(at(inputs, "rules")).map((rule) => ({
    groups: texts(at(rule, "apiGroups")),
    resources: [...texts(at(rule, "resources")), ...texts(at(rule, "nonResourceURLs"))],
    verbs: texts(at(rule, "verbs")),
    names: texts(at(rule, "resourceNames")),
  }));
}

const has = (patterns: readonly string[], item: string) => patterns.includes("*") || patterns.includes(item);

/** What the new rules allow that no old one did: `verb resource`. */
export function addedRights(before: readonly RbacRule[], after: readonly RbacRule[]): string[] {
  const allowed = (group: string, resource: string, verb: string, name: string | undefined) =>
    before.some(
      (rule) =>
        (has(rule.groups, group) || (group === "" && rule.groups.length === 0)) &&
        has(rule.resources, resource) &&
        has(rule.verbs, verb) &&
        (rule.names.length === 0 || (name !== undefined && rule.names.includes(name))),
    );
  const found = new Set<string>();
  for (const rule of after)
    for (const group of rule.groups.length ? rule.groups : [""])
      for (const resource of rule.resources)
        for (const verb of rule.verbs)
          for (const name of rule.names.length ? rule.names : [undefined])
            if (!allowed(group, resource, verb, name))
              found.add(`${verb} ${resource}${name === undefined ? "" : ` ${name}`}`);
  return [...found];
}

const subject = (value: unknown) =>
  `${text(at(value, "kind"))} ${text(at(value, "namespace")) ?? ""}/${text(at(value, "name"))}`;

/** Whether somebody named in a binding was there before this preview. */
function existed(plan: Plan, bound: unknown): boolean {
  if (text(at(bound, "kind")) !== "ServiceAccount") return true;
  return plan.some((change) => {
    const before = resourceAt(change, "before");
    return (
      before !== undefined &&
      kindOf(before) === "ServiceAccount" &&
      at(before.props, "metadata.name") === at(bound, "name")
    );
  });
}

export const rbacWidened: DangerRule = {
  name: "rbac-widened",
  why: "A workload may do more in the cluster than was reviewed: with Secrets or pods it reaches every password of its namespace.",
  *find(change, plan) {
    const after = resourceAt(change, "after");
    if (!after || change.operation === "same") return;
    const kind = kindOf(after) ?? "";
    if (["Role", "ClusterRole"].includes(kind) && change.before) {
      const rights = addedRights(rbacRules(change.before.inputs), rbacRules(after.props));
      if (rights.length) yield `newly allows ${rights.join(", ")}`;
    }
    if (["RoleBinding", "ClusterRoleBinding"].includes(kind)) {
      const old = list(at(change.before?.inputs, "subjects")).map(subject);
      const role = `${text(at(after.props, "roleRef.kind"))} ${text(at(after.props, "roleRef.name"))}`;
      const sameRole = at(change.before?.inputs, "roleRef.name") === at(after.props, "roleRef.name");
      for (const bound of list(at(after.props, "subjects"))) {
        if ((!sameRole || !old.includes(subject(bound))) && existed(plan, bound))
          yield `binds ${subject(bound)} to ${role}`;
      }
    }
  },
};
