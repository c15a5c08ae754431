import { othersOf, resourcesOf, VERBS } from "../access";
import { type Check, fail, ok } from "../check";
import type { Access, ClusterReader } from "../cluster";

/** Rights that one missing of is found out by `up` only halfway. */
export const permissions: Check = {
  title: "permissions",
  asksCluster: true,
  async run({ environment, cluster }) {
    if (await cluster.may({ verb: "*", group: "*", resource: "*" })) return [ok("everything is allowed")];
    const refused: Access[] = [];
    for (const resource of resourcesOf(environment)) {
      refused.push(
        ...(await refusedOf(
          cluster,
          VERBS.map((verb) => ({ verb, ...resource })),
        )),
      );
    }
    refused.push(...(await refusedOf(cluster, othersOf(environment))));
    // Whoever makes a role must have all the rights in it, or the right to give more than that.
    refused.push(...(await refusedOf(cluster, ESCALATE)));
    if (refused.length === 0) return [ok("all that up, refresh and destroy do is allowed")];
    return grouped(refused).map(({ where, verbs }) =>
      fail(
        `not allowed: ${verbs.join(", ")} ${where}`,
        "have an administrator of the cluster grant it, or use a kubeconfig that may",
      ),
    );
  },
};

const ESCALATE: readonly Access[] = ["clusterroles", "roles"].map((resource) => ({
  ...{ verb: "escalate", group: "rbac.authorization.k8s.io", resource },
}));

async function refusedOf(cluster: ClusterReader, asked: readonly Access[]): Promise<Access[]> {
  const allowed = await Promise.all(asked.map((access) => cluster.may(access)));
  return asked.filter((_, i) => !allowed[i]);
}

/** One entry a resource, with all verbs that are refused. */
export function grouped(refused: readonly Access[]): { where: string; verbs: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { verb, group, resource, namespace, name } of refused) {
    const kind = group ? `${resource}.${group}` : resource;
    const where = `${kind}${name ? ` ${name}` : ""}${namespace ? ` in ${namespace}` : ""}`;
    groups.set(where, [...(groups.get(where) ?? []), verb]);
  }
  return [...groups].map(([where, verbs]) => ({ where, verbs }));
}
