import { erasureLayout, nodesToSpare, usableBytes } from "../erasure";
import type { ObjectStoreConfig, PoolConfig } from "../schema-servers";
import { bytesOf, inUnits } from "../values";
import { duplicates, type Problem, rule } from "./rule";

/** Pools, erasure sets and parity; where these are sound, what the pools hold. */
export const objectStoreRule = rule(["objectStore"], ({ objectStore }) => {
  const { mode, pools, parity } = objectStore;
  const names = pools.map((pool) => pool.name);
  const problems = [
    ...duplicates(names, "objectStore.pools", "pool"),
    ...encryptionProblems(objectStore),
    ...duplicates(objectStore.rootKeys, "objectStore.rootKeys", "generation"),
    ...duplicates(objectStore.pipelineKeys, "objectStore.pipelineKeys", "generation"),
    ...(mode === "standalone"
      ? standaloneProblems(objectStore)
      : pools.flatMap((pool, i) => poolProblems(pool, parity, `objectStore.pools.${i}`))),
  ];
  return problems.length > 0 ? problems : capacityProblems(objectStore);
});

function encryptionProblems({ encryption }: ObjectStoreConfig): Problem[] {
  if (!encryption) return [];
  const { kes, keySecret } = encryption;
  const path = "objectStore.encryption.keySecret";
  if (kes && keySecret)
    return [{ path, message: "found beside encryption.kes; the key is in one place: name one of them" }];
  if (kes || keySecret) return [];
  return [
    { path, message: "missing, and encryption.kes too; name a Secret with the key, or a KES server that has it" },
  ];
}

function standaloneProblems({ pools, parity }: ObjectStoreConfig): Problem[] {
  const problems: Problem[] = [];
  const drives = pools.reduce((sum, pool) => sum + pool.nodes * pool.drivesPerNode, 0);
  if (pools.length !== 1 || drives !== 1) {
    problems.push({
      path: "objectStore.pools",
      message: `found ${drives} drives in ${pools.length} pool(s); standalone mode is one pool of one node with one drive`,
    });
  }
  if (parity !== 0) {
    problems.push({
      path: "objectStore.parity",
      message: `found ${parity}; one drive has no parity, so standalone mode needs 0`,
    });
  }
  return problems;
}

/** One parity holds for all pools, so each of them is checked against it. */
function poolProblems(pool: PoolConfig, parity: number, path: string): Problem[] {
  const drives = pool.nodes * pool.drivesPerNode;
  const found = `pool ${pool.name} has ${drives} drives (${pool.nodes} nodes x ${pool.drivesPerNode})`;
  if (drives < 4) {
    return [
      {
        path,
        message: `${found}; a distributed store needs at least 4, because with fewer no drive can be lost without stopping writes: use 4 nodes, or mode standalone with one drive`,
      },
    ];
  }
  const layout = erasureLayout(pool);
  if (!layout || layout.setSize < 4) {
    return [
      {
        path,
        message: `${found}; they cannot be spread evenly over erasure sets of 4 to 16 drives: use 4, 6, 8 or 16 nodes`,
      },
    ];
  }
  const most = Math.floor(layout.setSize / 2);
  if (nodesToSpare(pool, most) < 1) {
    return [
      {
        path,
        message: `${found}, ${layout.drivesPerSetOnNode} of each set on one node, so with any parity losing one node would stop writes: use more nodes, or mode standalone with one drive`,
      },
    ];
  }
  if (parity < 1 || parity > most) {
    return [
      {
        path: "objectStore.parity",
        message: `found ${parity}; ${found}, so its erasure sets have ${layout.setSize} drives and parity may be 1 to ${most}`,
      },
    ];
  }
  if (nodesToSpare(pool, parity) < 1) {
    return [
      {
        path: "objectStore.parity",
        message: `found ${parity}; ${found}, ${layout.drivesPerSetOnNode} of each set on one node, so losing one node would stop writes: raise parity (at most ${most}) or use more nodes`,
      },
    ];
  }
  return [];
}

/** What the pools hold, against what the environment asks for. */
function capacityProblems(objectStore: ObjectStoreConfig): Problem[] {
  const usable = usableBytes(objectStore);
  if (usable >= bytesOf(objectStore.minUsable)) return [];
  return [
    {
      path: "objectStore.pools",
      message: `they hold ${inUnits(usable)} after parity, and objectStore.minUsable asks for ${objectStore.minUsable}: use more or larger drives, or ask for less`,
    },
  ];
}
