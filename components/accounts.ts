import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

/** A ServiceAccount; a token goes only to pods that talk to the API server. */
export function serviceAccount(
  parent: string,
  account: { name: string; namespace: string; token: boolean },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccount {
  const { name, namespace, token } = account;
  return new k8s.core.v1.ServiceAccount(
    `${parent}-${name}`,
    { metadata: { name, namespace }, automountServiceAccountToken: token },
    opts,
  );
}

/** A Role, and its binding to an account of the same namespace. */
export function boundRole(
  parent: string,
  role: { name: string; namespace: string; rules: Rules },
  account: k8s.core.v1.ServiceAccount,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { name, namespace, rules } = role;
  const made = new k8s.rbac.v1.Role(`${parent}-${name}`, { metadata: { name, namespace }, rules }, opts);
  const binding = new k8s.rbac.v1.RoleBinding(
    `${parent}-${name}`,
    {
      metadata: { name, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: made.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    },
    opts,
  );
  return [made, binding];
}
