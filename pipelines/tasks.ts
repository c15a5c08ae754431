import type { PipelineContext } from "./context";
import { gpuPodAnnotations, gpus } from "./gpu";
import { declared, FLIGHT, MODEL, ORTHO, PLANNED, paramEnv } from "./params";
import { compute, databaseEnv, dronelakeStep, plainEnv, SMALL, s3Env, task } from "./steps";
import { sizeClasses, stitchTask } from "./stitch";
import type { Task } from "./tekton-types";

/** Checks a flight's manifest and chooses the size class of its stitching. */
export function planTask(context: PipelineContext): Task {
  return task(context, "plan", {
    description: "checks a flight's manifest and chooses the size class of its stitching",
    scratch: "1Gi",
    params: declared([...PLANNED, "run-name"]),
    results: [{ name: "size-class", type: "string", description: "name of the size class" }],
    steps: [
      dronelakeStep(context, {
        name: "plan",
        command: ["plan"],
        env: [
          ...s3Env(context, "pipeline-stitch"),
          ...plainEnv({ ...paramEnv(PLANNED), SIZE_CLASSES: sizeClasses(context) }),
        ],
        resources: SMALL,
      }),
    ],
  });
}

/** Finds traps and bank damage on an orthophoto, on GPUs where the config gives it some. */
export function detectTask(context: PipelineContext): Task {
  const { detect } = context.config;
  const count = gpus(context);
  return task(context, "detect", {
    annotations: count > 0 ? gpuPodAnnotations(context) : {},
    description: "finds traps and bank damage on an orthophoto",
    scratch: `${detect.scratchGiB}Gi`,
    params: declared([...ORTHO, ...MODEL, "run-name"]),
    steps: [
      dronelakeStep(context, {
        name: "detect",
        command: ["detect"],
        image: count > 0 ? context.images["tasks-gpu"] : undefined,
        env: [
          ...s3Env(context, "pipeline-detect"),
          ...databaseEnv(context, "pipeline_detect"),
          ...plainEnv({ ...paramEnv([...ORTHO, ...MODEL]), DETECT_DEVICE: count > 0 ? "cuda" : undefined }),
        ],
        resources: compute({ cpu: detect.cpu, memory: `${detect.memoryGiB}Gi`, gpus: count }),
      }),
    ],
  });
}

const CATALOGUED = { flight: FLIGHT, orthophoto: ORTHO, results: ORTHO } as const;
export type Catalogued = keyof typeof CATALOGUED;

/** Writes the STAC items of one kind. */
export function catalogTask(context: PipelineContext, kind: Catalogued): Task {
  return task(context, `catalog-${kind}`, {
    description: `writes the STAC items of ${kind === "results" ? "the results" : `the ${kind}`}`,
    scratch: "1Gi",
    params: declared([...CATALOGUED[kind], "run-name"]),
    steps: [
      dronelakeStep(context, {
        name: "catalog",
        command: ["catalog", kind],
        env: [
          ...s3Env(context, "catalog"),
          ...databaseEnv(context, "pipeline_catalog"),
          ...plainEnv(paramEnv(CATALOGUED[kind])),
        ],
        resources: SMALL,
      }),
    ],
  });
}

/** Every Task of the environment. */
export function tasks(context: PipelineContext): Task[] {
  return [
    planTask(context),
    ...context.config.sizeClasses.map((sizeClass) => stitchTask(context, sizeClass)),
    detectTask(context),
    catalogTask(context, "flight"),
    catalogTask(context, "orthophoto"),
    catalogTask(context, "results"),
  ];
}
