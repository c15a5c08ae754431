import type { Environment } from "../../config";
import { bytesOf } from "../../config/values";
import { parseQuantity } from "../../plugins/kubernetes/quantity";
import { type Check, type Finding, fail, ok, warn } from "../check";
import { autoscaler, closedBecause, hasRoom, type Node, nodes } from "../nodes";

/** Every pod of a pool needs a node of its own: two on one node go down together, which parity does not allow for. */
export const objectStoreNodes: Check = {
  title: "nodes for the object store",
  asksCluster: true,
  async run({ environment, cluster }) {
    return judgePools(environment, await nodes(cluster), await autoscaler(cluster));
  },
};

export function judgePools(environment: Environment, all: readonly Node[], scaledBy: string | undefined): Finding[] {
  const { resources, pools, sharedDisk } = environment.objectStore;
  const requests = { cpu: parseQuantity(resources.cpu)!, memory: bytesOf(resources.memory) };
  const reasons = new Map(all.map((node) => [node, closedBecause(node, environment) ?? tooSmall(node, requests)]));
  const open = all.filter((node) => reasons.get(node) === undefined);
  const others = all
    .filter((node) => !open.includes(node))
    .map((node) => `${node.metadata.name}: ${reasons.get(node)}`);
  return pools.map((pool) => {
    // Where the drives share a disk, the pods may share a node.
    const needed = sharedDisk ? 1 : pool.nodes;
    const found = `pool ${pool.name} needs ${needed} node${needed === 1 ? "" : "s"} with ${resources.cpu} cores and ${resources.memory} for a pod`;
    if (open.length >= needed) return ok(`${found}; ${open.length} can take one`);
    const what = `${found}; ${open.length} of ${all.length} can take one${others.length > 0 ? ` (${others.join(", ")})` : ""}`;
    if (scaledBy) return warn(what, `see that ${scaledBy} may start ${needed - open.length} more`);
    return fail(what, `add or free ${needed - open.length}, or lower objectStore.resources`);
  });
}

function tooSmall(node: Node, requests: { cpu: number; memory: number }): string | undefined {
  return hasRoom(node, requests) ? undefined : "too small";
}
