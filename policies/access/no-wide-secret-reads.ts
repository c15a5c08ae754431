import { everywhere } from "../levels";
import type { StackPolicy } from "../policy";
import { kindOf, mayEqual, namespaceOf, objectName, ofKind } from "../readers/kubernetes";
import type { Resource } from "../readers/resource";
import { at, hasUnknown, list, text, UNKNOWN } from "../readers/values";
import { OPERATOR_NAMESPACES } from "../settings";

const READS = ["get", "list", "watch", "*"];

export const noWideSecretReads: StackPolicy = {
  name: "no-wide-secret-reads",
  demand: `Only controllers in ${OPERATOR_NAMESPACES.join(", ")} may read Secrets that they do not name.`,
  why: "The keys of every identity are Secrets: who may list those of a namespace is all of its identities at once.",
  looksAt:
    "rules of Roles and ClusterRoles about `secrets` without `resourceNames`, and whom the stack's bindings give them to",
  remedy: "Mount the Secret, or name it in `resourceNames`.",
  levels: everywhere,
  *checkStack(resources) {
    for (const role of ofKind(resources, "Role", "ClusterRole")) {
      if (!list(at(role.props, "rules")).some(readsAnySecret)) continue;
      const others = holders(role, resources).filter(
        (subject) => !OPERATOR_NAMESPACES.some((namespace) => mayEqual(at(subject, "namespace"), namespace)),
      );
      const names = others.map((subject) => `${text(at(subject, "kind"))} ${text(at(subject, "name"))}`);
      if (names.length) yield [role, `it lets ${names.join(", ")} read every Secret`];
    }
  },
};

function readsAnySecret(rule: unknown): boolean {
  if (hasUnknown(at(rule, "resourceNames")) || list(at(rule, "resourceNames")).length > 0) return false;
  const has = (key: string, ...wanted: string[]) =>
    list(at(rule, key)).some((item) => wanted.includes(text(item) ?? ""));
  return has("apiGroups", "", "*") && has("resources", "secrets", "*") && has("verbs", ...READS);
}

/** Subjects that bindings of the stack give a role to; a role that none binds counts as given to whoever has its name. */
function holders(role: Resource, resources: readonly Resource[]): unknown[] {
  const bindings = ofKind(resources, "RoleBinding", "ClusterRoleBinding");
  const binds = ({ props }: Resource, same: (a: unknown, b: unknown) => boolean) =>
    same(at(props, "roleRef.kind"), kindOf(role)) &&
    same(at(props, "roleRef.name"), objectName(role)) &&
    (kindOf(role) === "ClusterRole" || same(at(props, "metadata.namespace"), namespaceOf(role)));
  if (!bindings.some((binding) => binds(binding, mayEqual))) {
    return [{ kind: "any holder of", name: text(objectName(role)) ?? role.name }];
  }
  return bindings
    .filter((binding) => binds(binding, (a, b) => a === b && a !== UNKNOWN))
    .flatMap(({ props }) => list(at(props, "subjects")));
}
