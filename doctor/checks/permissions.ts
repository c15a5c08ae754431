import { beyondOwnOf, othersOf, resourcesOf, VERBS } from "../access";
import { type Check, type Finding, fail, ok, warn } from "../check";
import type { Access, ClusterReader } from "../cluster";

/** Rights of which `up` finds out halfway that one is missing. */
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
    const mend = "have an administrator of the cluster grant it, or use a kubeconfig that may";
    const findings: Finding[] = grouped(refused).map((what) => fail(`not allowed: ${what}`, mend));
    for (const what of grouped(await refusedOf(cluster, beyondOwnOf(environment)))) {
      findings.push(warn(`not allowed: ${what}; roles then take every right in them to make`, mend));
    }
    return findings.length > 0 ? findings : [ok("all that up, refresh and destroy do is allowed")];
  },
};

async function refusedOf(cluster: ClusterReader, asked: readonly Access[]): Promise<Access[]> {
  const allowed = await Promise.all(asked.map((access) => cluster.may(access)));
  return asked.filter((_, i) => !allowed[i]);
}

/** One line for all resources of a namespace, or of none, of which the same is refused. */
export function grouped(refused: readonly Access[]): string[] {
  const verbs = new Map<string, string[]>();
  for (const { verb, group, resource, namespace = "", name } of refused) {
    const what = `${group ? `${resource}.${group}` : resource}${name ? ` ${name}` : ""}`;
    const key = JSON.stringify([namespace, what]);
    verbs.set(key, [...(verbs.get(key) ?? []), verb]);
  }
  const lines = new Map<string, string[]>();
  for (const [key, all] of verbs) {
    const [namespace, what] = JSON.parse(key) as [string, string];
    const line = `${all.join(", ")}${namespace && ` in ${namespace}`}`;
    lines.set(line, [...(lines.get(line) ?? []), what]);
  }
  return [...lines].map(([line, resources]) => `${line}: ${resources.join(", ")}`);
}
