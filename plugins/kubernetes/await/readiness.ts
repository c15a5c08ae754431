import { replacesUnready, skipsAwait, waitFor } from "../annotations";
import { read } from "../apply";
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

/**
 * Whether the object is a Job that has failed, which nothing but a new one gets out of, and its annotation asks for that. `inputs`: the
 * new ones. `recorded`: the live object of the last deployment, which counts when the cluster cannot be asked.
 */
export async function isFailedForGood(
  cluster: Cluster | undefined,
  inputs: KubeObject,
  recorded: KubeObject,
): Promise<boolean> {
  if (inputs.apiVersion !== "batch/v1" || inputs.kind !== "Job" || !replacesUnready(inputs)) return false;
  const live = await (cluster && read(cluster, recorded).catch(() => undefined));
  return ruleFor(inputs)?.judge(live ?? recorded, []).state === "failed";
}
