import { skipsAwait, waitFor } from "../annotations";
import type { Cluster } from "../cluster";
import { collectionPath } from "../discovery";
import type { KubeObject } from "../objects";
import { ruleFor } from "./rules";

/**
 * Why the object is not ready now, or undefined if it is. For refreshes: the state then says so, and the next `up` waits for it.
 * Conditions that the program gave are left to `up`.
 */
export async function readiness(cluster: Cluster, live: KubeObject): Promise<string | undefined> {
  const rule = ruleFor(live);
  if (!rule || skipsAwait(live) || waitFor(live).length > 0) return undefined;
  const query = rule.related?.(live);
  const alone = rule.judge(live, []);
  if (alone.state === "ready") return undefined;
  let items: KubeObject[] = [];
  if (query) {
    const info = await cluster.discovery.find(query);
    const path = collectionPath(info, live.metadata.namespace);
    ({ items } = await cluster.client.request<{ items: KubeObject[] }>("GET", path, { query: query.query }));
  }
  const verdict = rule.judge(live, items);
  return verdict.state === "ready" || verdict.settleMs ? undefined : verdict.message;
}
