import { restrictedContainer } from "../components/security";
import { STEP_BESIDE_ODM } from "../config/pods";
import type { SizeClass } from "../config/schema-pipelines";
import type { PipelineContext } from "./context";
import { declared, FLIGHT, paramEnv } from "./params";
import { compute, dronelakeStep, plainEnv, s3Env, task, WORK_DIR } from "./steps";
import type { ComputeResources, Step, Task } from "./tekton-types";

/** OpenDroneMap's project, under the work volume; `dronelake stitch prepare` puts the photos there. */
const ODM_PROJECT = "flight";

/** Name of the stitching Task of a size class. */
export function stitchName(sizeClass: Pick<SizeClass, "name">): string {
  return `stitch-${sizeClass.name}`;
}

/** The size classes as `dronelake` reads them. */
export function sizeClasses({ config }: Pick<PipelineContext, "config">): string {
  return JSON.stringify(config.sizeClasses.map(({ name, photos }) => ({ name, photos })));
}

/** Makes the orthophoto, in a pod of one size class: a Task's resources cannot depend on a result. */
export function stitchTask(context: PipelineContext, sizeClass: SizeClass): Task {
  return task(context, stitchName(sizeClass), {
    description: `makes the orthophoto of a flight of at most ${sizeClass.photos} photos`,
    scratch: `${sizeClass.scratchGiB}Gi`,
    params: declared([...FLIGHT, "run-name"]),
    results: [
      { name: "ortho-key", type: "string", description: "key of the orthophoto, URL-encoded" },
      { name: "ortho-version", type: "string", description: "VersionID of the orthophoto" },
    ],
    steps: steps(context, sizeClass),
  });
}

function steps(context: PipelineContext, sizeClass: SizeClass): Step[] {
  const memory = `${sizeClass.memoryGiB}Gi`;
  const whole = compute({ cpu: sizeClass.cpu, memory });
  if (context.config.engine !== "odm") return [lakeStep(context, sizeClass, "stitch", ["stitch"], whole)];
  // The steps of a pod run one after the other, but what they request adds up: only the heavy one asks for all.
  const { cpu, memoryGiB } = STEP_BESIDE_ODM;
  const beside: ComputeResources = {
    requests: { cpu: `${cpu * 1000}m`, memory: `${memoryGiB * 1024}Mi` },
    limits: { memory },
  };
  return [
    lakeStep(context, sizeClass, "prepare", ["stitch", "prepare"], beside),
    odmStep(context, sizeClass, whole),
    lakeStep(context, sizeClass, "finish", ["stitch", "finish"], beside, {
      ODM_EXIT_CODE_FILE: "$(steps.step-odm.exitCode.path)",
      // For the report alone: what ran, and how, so that it can be done again.
      ODM_IMAGE: context.images.odm,
      STITCH_ODM_ARGS: JSON.stringify(odmOptions(context)),
    }),
  ];
}

function lakeStep(
  context: PipelineContext,
  sizeClass: SizeClass,
  name: string,
  command: string[],
  resources: ComputeResources,
  more: Record<string, string> = {},
): Step {
  const { config } = context;
  const env = [
    ...s3Env(context, "pipeline-stitch"),
    ...plainEnv({
      ...paramEnv(FLIGHT),
      STITCH_ENGINE: config.engine,
      STITCH_CRS: config.crs,
      STITCH_GSD_M: config.gsdM?.toString(),
      // CPU may burst over what is requested, so a second worker costs nothing where the node has room.
      STITCH_WORKERS: String(Math.min(Math.max(2, sizeClass.cpu), 64)),
      ORTHO_KEY_TEMPLATE: config.orthoKeyTemplate,
      ...more,
    }),
  ];
  return dronelakeStep(context, { name, command, env, resources });
}

/** OpenDroneMap in its own image; its exit code is read by the step after it, which knows what each one means. */
function odmStep(context: PipelineContext, { cpu }: SizeClass, resources: ComputeResources): Step {
  const { images } = context;
  // It would take every core of the node for its own.
  const options = ["--max-concurrency", String(cpu), ...odmOptions(context)];
  return {
    name: "odm",
    image: images.odm,
    imagePullPolicy: "IfNotPresent",
    command: ["python3", "/code/run.py", "--project-path", WORK_DIR, ...options, ODM_PROJECT],
    env: plainEnv({ HOME: WORK_DIR, TMPDIR: WORK_DIR }),
    computeResources: resources,
    // Its programs write beside themselves.
    securityContext: { ...restrictedContainer(), readOnlyRootFilesystem: false },
    volumeMounts: [{ name: "work", mountPath: WORK_DIR }],
    onError: "continue",
  };
}

/** What shapes OpenDroneMap's orthophoto: it would take 5 cm a pixel for what is wanted. */
function odmOptions({ config }: PipelineContext): string[] {
  const resolution = config.gsdM ? ["--orthophoto-resolution", centimetres(config.gsdM)] : [];
  return [...resolution, ...config.odmArgs];
}

/** A length in metres as OpenDroneMap's options take it. */
function centimetres(metres: number): string {
  return String(Number((metres * 100).toFixed(4)));
}
