import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, type Environment } from "../../../config";
import { connectionsAPod } from "../../../config/catalogue-connections";
import { checkEnvironment } from "../../../config/load";
import { faultAt } from "./faults";
import { rawEnvironment } from "./generate";
import { fits, podsOnGpus, taskRequests } from "./pods";
import { bytes, capacity, setsOf, survivesANode } from "./store";

const RUNS = 3000;
type Raw = Record<string, unknown>;

function verdict(raw: Raw): { accepted?: Environment; refused: string[] } {
  try {
    return { accepted: checkEnvironment(structuredClone(raw), "generated"), refused: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { refused: error.problems.map(({ path }) => path) };
  }
}

function survives({ objectStore, tier }: Environment): void {
  if (objectStore.mode === "distributed") {
    for (const pool of objectStore.pools) expect(survivesANode(setsOf(pool)!, objectStore.parity)).toBe(true);
  } else expect(tier).not.toBe("production");
}

function holdsWhatIsAsked({ objectStore, tier }: Environment): void {
  expect(capacity(objectStore)).toBeGreaterThanOrEqual(bytes(objectStore.minUsable));
  if (tier === "production") expect(capacity(objectStore)).toBeGreaterThanOrEqual(bytes("1Ti"));
}

function hasConnections({ catalogue, database, gpu, pipelines }: Environment): void {
  const asked = Object.values(database.connections).reduce((sum, count) => sum + count, 0);
  // PostgreSQL keeps three slots for its superuser.
  expect(database.maxConnections - 3).toBeGreaterThanOrEqual(asked);
  const pods = catalogue.replicas + 1;
  expect(connectionsAPod(database.connections.catalogue_reader, catalogue.replicas) * pods).toBeLessThanOrEqual(
    database.connections.catalogue_reader,
  );
  const detections = pipelines.detect.gpus > 0 ? podsOnGpus(gpu, pipelines.detect.gpus) : 0;
  expect(database.connections.pipeline_detect).toBeGreaterThanOrEqual(detections);
}

function hasRoomForPods({ cluster, gpu, pipelines }: Environment): void {
  const { gpus } = pipelines.detect;
  if (gpus > 0) expect(podsOnGpus(gpu, gpus)).toBeGreaterThan(0);
  for (const sizeClass of pipelines.sizeClasses) {
    expect(fits(cluster.largestNode, taskRequests(pipelines, sizeClass))).toEqual({ cpu: true, memoryGiB: true });
  }
  for (const key of ["photos", "cpu", "memoryGiB", "scratchGiB", "timeoutMinutes"] as const) {
    const grown = pipelines.sizeClasses.map((sizeClass) => sizeClass[key]);
    expect(grown).toEqual([...grown].sort((a, b) => a - b));
  }
}

test("an accepted environment has quorum, capacity, connections and GPUs that fit; a refused one a fault at every path named", {
  timeout: 60_000,
}, () => {
  let accepted = 0;
  const named = new Set<string>();
  fc.assert(
    fc.property(rawEnvironment, (raw) => {
      const { accepted: environment, refused } = verdict(raw);
      for (const path of refused) {
        named.add(path.replace(/\d+/, "N"));
        expect(faultAt(path, raw as never), path).toBe(true);
      }
      if (!environment) return;
      accepted++;
      survives(environment);
      holdsWhatIsAsked(environment);
      hasConnections(environment);
      hasRoomForPods(environment);
    }),
    { numRuns: RUNS },
  );
  // Both sides of every rule about sizes were seen.
  expect(accepted).toBeGreaterThan(RUNS / 20);
  expect([...named].sort()).toEqual([...NAMED].sort());
});

/** Where the generated environments go wrong. */
const NAMED = [
  ...["objectStore.mode", "objectStore.minUsable", "objectStore.parity", "objectStore.pools", "objectStore.pools.N"],
  ...["database.connections", "database.connections.pipeline_detect", "database.connections.catalogue_reader"],
  "pipelines.detect.gpus",
  ...["photos", "cpu", "memoryGiB", "scratchGiB", "timeoutMinutes"].map((key) => `pipelines.sizeClasses.N.${key}`),
];
