/** What MinIO makes of a pool, drive by drive, from its documentation and source, without the program's own sums. */
import type { Environment } from "../../../config";

type Store = Environment["objectStore"];
type Pool = Store["pools"][number];

/** Bytes of a size, exact. */
export function bytes(size: string): bigint {
  const [, whole = "0", fraction = "", unit = ""] = /^(\d+)(?:\.(\d+))?(.i)$/.exec(size) ?? [];
  const power = BigInt("KMGTP".indexOf(unit[0]!) + 1);
  const digits = 10n ** BigInt(fraction.length);
  return (BigInt(whole + fraction) * 1024n ** power) / digits;
}

/** The nodes of each set's drives. MinIO lists the first drive of every node, then the second ones, and cuts the list up. */
export function setsOf({ nodes, drivesPerNode }: Pick<Pool, "nodes" | "drivesPerNode">): number[][] | undefined {
  const drives = Array.from({ length: nodes * drivesPerNode }, (_, i) => i % nodes);
  for (let size = 16; size >= 2; size--) {
    if (drives.length % size !== 0) continue;
    const sets = Array.from({ length: drives.length / size }, (_, i) => drives.slice(i * size, (i + 1) * size));
    if (isSymmetric(sets)) return sets;
  }
  return undefined;
}

/** Every set has as many drives of one of its nodes as of another, and two sets share all of their nodes or none. */
function isSymmetric(sets: number[][]): boolean {
  const groups = new Map<number, string>();
  return sets.every((set) => {
    const nodes = [...new Set(set)].sort((a, b) => a - b);
    const share = set.length / nodes.length;
    const even = nodes.every((node) => set.filter((at) => at === node).length === share);
    const group = nodes.join();
    return even && nodes.every((node) => (groups.get(node) ?? groups.set(node, group).get(node)) === group);
  });
}

/** Whether every set takes writes and locks with any one node lost. */
export function survivesANode(sets: readonly number[][], parity: number): boolean {
  return sets.every((set) => {
    const data = set.length - parity;
    const writeQuorum = data === parity ? data + 1 : data;
    const nodes = [...new Set(set)];
    return nodes.every((lost) => {
      const left = set.filter((node) => node !== lost).length;
      const lockers = nodes.length - 1;
      return left >= writeQuorum && lockers >= Math.floor(nodes.length / 2) + 1;
    });
  });
}

/** Parities with which a pool is sound: MinIO takes at most half a set, and a node may be lost. */
export function soundParities(pool: Pool): number[] {
  const sets = setsOf(pool);
  const size = sets?.[0]?.length ?? 0;
  if (!sets || size < 4) return [];
  return Array.from({ length: Math.floor(size / 2) }, (_, i) => i + 1).filter((parity) => survivesANode(sets, parity));
}

/** Bytes that objects may fill, set by set. */
export function capacity({ mode, pools, parity }: Store): bigint {
  return pools
    .flatMap((pool) => {
      const sets = mode === "standalone" ? [[0]] : setsOf(pool)!;
      return sets.map((set) => BigInt(set.length - parity) * bytes(pool.driveSize));
    })
    .reduce((sum, set) => sum + set, 0n);
}
