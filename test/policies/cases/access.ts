import { type Cases, changed, failing, object } from "../resources";

const role = object("rbac.authorization.k8s.io/v1", "Role", "reader", {
  rules: [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["own"], verbs: ["get"] },
  ],
});
const binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
  roleRef: { kind: "Role", name: "reader" },
  subjects: [{ kind: "ServiceAccount", name: "reconciler", namespace: "drone-pipelines" }],
});
const wide = changed(role, { "rules.1.resourceNames": undefined });
const clusterRole = { ...wide, type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole" };
const clusterBinding = {
  ...changed(binding, { "roleRef.kind": "ClusterRole" }),
  type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
};
const operator = { "subjects.0": { kind: "ServiceAccount", name: "controller", namespace: "tekton-pipelines" } };

export const access: Record<string, Cases> = {
  "no-cluster-admin": {
    passes: { "a role of its own": [binding, clusterBinding] },
    fails: {
      ...failing(clusterBinding, {
        "cluster-admin": [{ "roleRef.name": "cluster-admin" }, "it binds cluster-admin"],
        "everybody without a name": [
          { "subjects.0": { kind: "Group", name: "system:unauthenticated" } },
          "it gives reader to system:unauthenticated",
        ],
      }),
      ...failing(binding, { "admin of a namespace": [{ "roleRef.name": "admin" }, "it binds admin"] }),
    },
  },
  "no-wildcard-rbac": {
    passes: { "what is listed": [role] },
    fails: failing(role, {
      "every verb": [{ "rules.0.verbs": ["*"] }, "a rule has * for verbs"],
      "every resource of every group": [
        { "rules.0.resources": ["*"], "rules.0.apiGroups": ["*"] },
        "a rule has * for resources and apiGroups",
      ],
    }),
  },
  "no-wide-secret-reads": {
    passes: {
      "a Secret by name": [role, binding],
      "an operator's controller": [clusterRole, changed(clusterBinding, operator)],
      "a role that another namespace binds": [
        wide,
        changed(binding, operator),
        changed(binding, { "metadata.namespace": "other" }),
      ],
    },
    fails: {
      "of a namespace": { given: [wide, binding], says: "it lets ServiceAccount reconciler read every Secret" },
      "of the cluster": { given: [clusterRole, clusterBinding], says: "ServiceAccount reconciler" },
      "of a namespace, by a ClusterRole": {
        given: [clusterRole, changed(binding, { "roleRef.kind": "ClusterRole" })],
        says: "ServiceAccount reconciler",
      },
      "by *": {
        given: [changed(wide, { "rules.1": { apiGroups: ["*"], resources: ["*"], verbs: ["*"] } }), binding],
        says: "read every Secret",
      },
      "whoever it is given to": { given: [wide], says: "any holder of reader" },
    },
  },
};
