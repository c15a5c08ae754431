const API_GROUP = "rbac.authorization.k8s.io";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A ClusterRole of that name. */
export function clusterRole(name: string, rules: readonly Rule[]): object {
  return { apiVersion: `${API_GROUP}/v1`, kind: "ClusterRole", metadata: { name }, rules };
}

/** A ClusterRoleBinding of the same name as its role. */
export function roleBinding(role: string, subject: object): object {
  return {
    apiVersion: `${API_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: role },
    roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name: role },
    subjects: [subject],
  };
}

/** A ServiceAccount as the subject of a binding. */
export function account(name: string, namespace: string): object {
  return { kind: "ServiceAccount", name, namespace };
}

/** A user, such as a client certificate names, as the subject of a binding. */
export function user(name: string): object {
  return { apiGroup: API_GROUP, kind: "User", name };
}
