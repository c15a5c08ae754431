import type { ObjectStoreConfig } from "./schema-servers";
import { bytesOf } from "./values";

/** MinIO spreads an object over one erasure set of two to sixteen drives. */
const SET_SIZES = Array.from({ length: 15 }, (_, i) => i + 2);

export interface PoolShape {
  /** MinIO pods, one a node. */
  nodes: number;
  /** Drives a pod. */
  drivesPerNode: number;
}

export interface ErasureLayout {
  /** Drives of one erasure set. */
  setSize: number;
  /** Erasure sets of the pool. */
  sets: number;
  /** Most drives of one set that lie on one node. */
  drivesPerSetOnNode: number;
}

/**
 * The erasure sets that MinIO makes of a pool given with ellipses (`http://host-{0...n}/data{0...m}`).
 *
 * Follows MinIO's `getSetIndexes`: the set size divides the number of drives, lines up with the number of nodes, and
 * is the largest such number up to 16. It lists the drives node by node (the first drive of every node, then the second
 * ones), so each set has as many drives of one of its nodes as of another. Returns undefined where no size fits (a
 * prime number of nodes above 16, say).
 */
export function erasureLayout({ nodes, drivesPerNode }: PoolShape): ErasureLayout | undefined {
  const drives = nodes * drivesPerNode;
  const linesUp = (size: number) => (nodes > size ? nodes % size === 0 : size % nodes === 0);
  const setSize = SET_SIZES.filter((size) => drives % size === 0 && linesUp(size)).at(-1);
  if (setSize === undefined) return undefined;
  return { setSize, sets: drives / setSize, drivesPerSetOnNode: Math.ceil(setSize / nodes) };
}

/**
 * Drives of a set that may be away while it still takes writes: with parity of half the set, one fewer than parity.
 *
 * MinIO gives what is written meanwhile more parity than this, but what was written before is read and changed only
 * within it.
 */
export function writableWithout(setSize: number, parity: number): number {
  return parity * 2 === setSize ? Math.max(parity - 1, 0) : parity;
}

/** Nodes of a pool that may be away at once while every set still takes writes. */
export function nodesToSpare(pool: PoolShape, parity: number): number {
  const layout = erasureLayout(pool);
  if (!layout) return 0;
  return Math.floor(writableWithout(layout.setSize, parity) / layout.drivesPerSetOnNode);
}

/**
 * Bytes that objects may fill: what the pools' drives hold less the parity drives' share, before the filesystem takes its
 * own. A pool without erasure sets holds nothing.
 */
export function usableBytes({ mode, pools, parity }: Pick<ObjectStoreConfig, "mode" | "pools" | "parity">): number {
  let bytes = 0;
  for (const pool of pools) {
    const { setSize, sets } = mode === "standalone" ? { setSize: 1, sets: 1 } : (erasureLayout(pool) ?? NO_SETS);
    bytes += sets * Math.max(setSize - parity, 0) * bytesOf(pool.driveSize);
  }
  return bytes;
}

const NO_SETS = { setSize: 0, sets: 0 };
