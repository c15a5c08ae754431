/** Whether an environment is really at fault where an error says so. */
import type { Environment } from "../../../config";
import type { SizeClass } from "../../../config/schema-pipelines";
import { fits, podsOnGpus, taskRequests } from "./pods";
import { bytes, capacity, soundParities } from "./store";

const SIZE_CLASS = /^pipelines\.sizeClasses\.(\d+)\.(\w+)$/;
const POOL = /^objectStore\.pools\.(\d+)$/;

/** Throws for a path that no rule about sizes names. */
export function faultAt(path: string, environment: Environment): boolean {
  const { objectStore: store, database, catalogue, gpu, pipelines } = environment;
  const production = environment.tier === "production";
  const standalone = store.mode === "standalone";
  const classPath = SIZE_CLASS.exec(path);
  if (classPath) return classFault(environment, Number(classPath[1]), classPath[2]!);
  const pool = store.pools[Number(POOL.exec(path)?.[1] ?? -1)];
  if (pool) {
    const small = pool.nodes < 4 || pool.drivesPerNode < 2;
    return soundParities(pool).length === 0 || (production && small);
  }
  switch (path) {
    case "objectStore.mode":
      return production && standalone;
    case "objectStore.minUsable":
      return production && bytes(store.minUsable) < bytes("1Ti");
    case "objectStore.pools":
      if (standalone && store.pools.reduce((sum, { drivesPerNode }) => sum + drivesPerNode, 0) !== 1) return true;
      return capacity(store) < bytes(store.minUsable);
    case "objectStore.parity":
      if (standalone) return store.parity !== 0;
      return store.pools.some((each) => {
        const sound = soundParities(each);
        return sound.length > 0 && !sound.includes(store.parity);
      });
    case "database.connections": {
      const asked = Object.values(database.connections).reduce((sum, count) => sum + count, 0);
      // Three slots for the superuser, three for a restore, metrics and a person.
      return database.maxConnections - asked < 6;
    }
    case "database.connections.pipeline_detect":
      return podsOnGpus(gpu, pipelines.detect.gpus) > database.connections.pipeline_detect;
    case "database.connections.catalogue_reader":
      // Three of each pod, and of one more while they are replaced.
      return database.connections.catalogue_reader < 3 * catalogue.replicas + 3;
    case "pipelines.detect.gpus":
      return podsOnGpus(gpu, pipelines.detect.gpus) === 0;
    default:
      throw new Error(`the error names ${path}, and nothing is generated there that could be wrong`);
  }
}

function classFault({ pipelines, cluster }: Environment, i: number, key: string): boolean {
  const [sizeClass, previous] = [pipelines.sizeClasses[i]!, pipelines.sizeClasses[i - 1]];
  const shrinks = previous !== undefined && sizeClass[key as keyof SizeClass] < previous[key as keyof SizeClass];
  if (shrinks) return true;
  if (key === "photos") return previous?.photos === sizeClass.photos;
  // Two copies of photos of 10 MB.
  if (key === "scratchGiB") return sizeClass.scratchGiB < sizeClass.photos * 0.02;
  return (
    fits(cluster.largestNode, taskRequests({ ...pipelines, odmArgs: [] }, sizeClass))[key as "cpu" | "memoryGiB"] ===
    false
  );
}
