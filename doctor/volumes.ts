import type { Environment } from "../config";

/** Volumes of one kind that the environment claims. */
export interface VolumeNeed {
  /** What they are for. */
  readonly purpose: string;
  /** Path in the config of their storage class. */
  readonly path: string;
  /** Absent: the cluster's default. */
  readonly storageClass: string | undefined;
  readonly size: string;
  readonly count: number;
  /** MinIO is fastest and safest on it. */
  readonly xfs: boolean;
}

/** Every volume of the environment, drives and queues of each pool and the database's. */
export function volumeNeeds({ cluster, objectStore, database }: Environment): VolumeNeed[] {
  const pools = objectStore.pools.flatMap((pool, i): VolumeNeed[] => {
    const of = { path: `objectStore.pools.${i}.storageClass`, storageClass: pool.storageClass ?? cluster.storageClass };
    const { nodes, drivesPerNode, driveSize } = pool;
    return [
      { ...of, purpose: `drives of pool ${pool.name}`, size: driveSize, count: nodes * drivesPerNode, xfs: true },
      { ...of, purpose: `queues of pool ${pool.name}`, size: objectStore.eventQueue.size, count: nodes, xfs: false },
    ];
  });
  return [
    ...pools,
    {
      purpose: "the database",
      path: "database.storageClass",
      storageClass: database.storageClass ?? cluster.storageClass,
      size: database.storage,
      count: 1,
      xfs: false,
    },
  ];
}
