import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { kindOf } from "../readers/kubernetes";
import { at, list, text } from "../readers/values";

/** Roles that come with Kubernetes and can do everything, of the cluster or of a namespace. */
const MIGHTY = ["cluster-admin", "admin", "edit", "system:masters"];
/** Groups that everybody is in. */
const EVERYBODY = ["system:anonymous", "system:unauthenticated", "system:serviceaccounts"];

export const noClusterAdmin: ResourcePolicy = {
  name: "no-cluster-admin",
  demand: "Nobody is bound to cluster-admin or another role that can do everything, and nothing is bound to everybody.",
  why: "One stolen token of such an account is the whole cluster: every Secret, and with them the object store's root.",
  looksAt: `\`roleRef\` (${MIGHTY.join(", ")}) and \`subjects\` (${EVERYBODY.join(", ")}) of RoleBindings and ClusterRoleBindings`,
  remedy: "Make a Role that lists what the account needs.",
  levels: everywhere,
  *check(resource) {
    if (!["RoleBinding", "ClusterRoleBinding"].includes(kindOf(resource) ?? "")) return;
    const role = text(at(resource.props, "roleRef.name")) ?? "";
    if (MIGHTY.includes(role)) yield `it binds ${role}`;
    for (const subject of list(at(resource.props, "subjects"))) {
      const name = text(at(subject, "name")) ?? "";
      if (EVERYBODY.includes(name)) yield `it gives ${role} to ${name}`;
    }
  },
};
