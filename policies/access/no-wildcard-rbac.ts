import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { at, list } from "../readers/values";

export const noWildcardRbac: ResourcePolicy = {
  name: "no-wildcard-rbac",
  demand: "Roles list their verbs, resources and API groups.",
  why: "A `*` grants also what the next operator brings into the cluster, and the verbs `escalate`, `bind` and `impersonate`.",
  looksAt: "rules of Roles and ClusterRoles",
  remedy: "List what the account really asks for; the API server's audit log tells it.",
  levels: everywhere,
  *check(resource) {
    if (!["Role", "ClusterRole"].includes(kindOf(resource) ?? "")) return;
    for (const rule of list(at(resource.props, "rules"))) {
      const wild = ["verbs", "resources", "apiGroups", "nonResourceURLs"].filter((key) =>
        list(at(rule, key)).includes("*"),
      );
      if (wild.length) yield `a rule has * for ${wild.join(" and ")}`;
    }
  },
};
