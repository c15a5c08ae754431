/** Environments at random: sound in most sections, so that many are accepted, and off in any way in the others. */
import * as fc from "fast-check";
import { values } from "../values";

const GIB_SIZES = ["64Gi", "512Gi", "1Ti", "1.5Ti", "4Ti"];
const size = (...sizes: string[]) => fc.constantFrom(...sizes);
const upTo = (max: number, min = 1) => fc.integer({ min, max });

const pool = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ nodes: fc.constantFrom(4, 6, 8, 12, 16), drivesPerNode: fc.constantFrom(2, 4) }),
  },
  { weight: 1, arbitrary: fc.record({ nodes: upTo(36), drivesPerNode: upTo(9) }) },
);

const objectStore = fc
  .record({
    mode: fc.oneof(
      { weight: 9, arbitrary: fc.constant("distributed") },
      { weight: 1, arbitrary: fc.constant("standalone") },
    ),
    pools: fc.array(fc.tuple(pool, size(...GIB_SIZES)), { minLength: 1, maxLength: 3 }),
    parity: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(3, 4) }, { weight: 1, arbitrary: upTo(9, 0) }),
    minUsable: size("128Gi", "1Ti", "2Ti", "20Ti"),
  })
  .map(({ mode, pools, parity, minUsable }) =>
    mode === "standalone"
      ? {
          mode,
          parity: parity % 2,
          minUsable: "64Gi",
          pools: [{ name: "p0", nodes: 1, drivesPerNode: 1 + (parity % 2), driveSize: pools[0]![1] }],
        }
      : {
          mode,
          parity,
          minUsable,
          pools: pools.map(([shape, driveSize], i) => ({ name: `p${i}`, ...shape, driveSize })),
        },
  );

const database = fc.record({
  maxConnections: upTo(320, 60),
  connections: fc.record({
    owner: upTo(5),
    pipeline_detect: upTo(60),
    pipeline_catalog: upTo(40),
    catalog: upTo(40),
    catalogue_reader: upTo(30, 8),
    stagiair: upTo(20),
    backup: upTo(6, 2),
  }),
});

const catalogue = fc.record({ replicas: upTo(4, 2) });

const gpu = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ backend: "none" }) },
  {
    weight: 2,
    arbitrary: fc.record({ gpusPerNode: upTo(8), count: upTo(6) }).map(({ gpusPerNode, count }) => ({
      ...{ backend: "existing", gpusPerNode, nodes: Array.from({ length: count }, (_, i) => `gpu-${i}`) },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ gpusPerNode: upTo(8), maxNodes: upTo(6) }).map((sizes) => ({
      ...{
        backend: "karpenter",
        instanceTypes: ["g5.xlarge"],
        nodeClass: { group: "g", kind: "K", name: "n" },
        ...sizes,
      },
    })),
  },
);

/** Mostly growing; now and then a class is no larger than the one before. */
const sizeClasses = fc
  .array(
    fc.record({
      photos: upTo(900, 40),
      cpu: upTo(8, 0),
      memoryGiB: upTo(40, 0),
      timeout: upTo(400, 0),
      slip: upTo(30),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((steps) => {
    const sum = { photos: 0, cpu: 1, memoryGiB: 2, timeoutMinutes: 10 };
    return steps.map(({ slip, ...step }, i) => {
      sum.photos += slip === 1 ? -step.photos : step.photos;
      sum.cpu += slip === 2 ? -step.cpu : step.cpu;
      sum.memoryGiB += slip === 3 ? -step.memoryGiB : step.memoryGiB;
      sum.timeoutMinutes += slip === 4 ? -step.timeout : step.timeout;
      const least = {
        photos: Math.max(1, sum.photos),
        cpu: Math.max(1, sum.cpu),
        memoryGiB: Math.max(1, sum.memoryGiB),
      };
      const scratchGiB = slip === 5 ? 1 : 100;
      return { name: `c${i}`, ...least, scratchGiB, timeoutMinutes: Math.max(1, sum.timeoutMinutes) };
    });
  });

const BASE = values({}, "prod");
/** What production asks for whatever its sizes are: replicas and an archive, behind one pooler, which any number of connections is enough for. */
const { backend, backup } = BASE.database as Record<string, unknown>;
const replicated = { backend, backup, cloudNativePg: { poolerInstances: 1 } };

/** Raw values of an environment, as its file would give them. */
export const rawEnvironment = fc
  .record({
    tier: fc.constantFrom("production", "development", "sandbox"),
    objectStore,
    database,
    catalogue,
    gpu,
    sizeClasses,
    engine: fc.constantFrom("odm", "sfm"),
    gpus: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: upTo(5, 0) }),
    largestNode: fc.record({ cpu: fc.constantFrom(9, 33), memoryGiB: fc.constantFrom(48, 160) }),
  })
  .map(({ tier, largestNode, sizeClasses: classes, engine, gpus, database: sizes, ...sections }) => ({
    ...BASE,
    ...{ tier, cluster: { largestNode }, ...sections, database: { ...replicated, ...sizes } },
    pipelines: { engine, sizeClasses: classes, detect: { cpu: 4, memoryGiB: 8, gpus } },
  }));
