import { type PipelineContext, RETRIES, stitchRetries } from "./context";
import { declared, FLIGHT, MODEL, ORTHO, type ParamName, PLANNED, passed } from "./params";
import { stitchName } from "./stitch";
import type { Catalogued } from "./tasks";
import type { Pipeline, PipelineTask } from "./tekton-types";

/** The pipelines, by the bucket event that starts them. */
export const pipelineNames = ["orthophoto", "detection"] as const;
export type PipelineName = (typeof pipelineNames)[number];

/** What an event says of the object that a run is made from. */
export const eventParams: Record<
  PipelineName,
  readonly ["flight-key" | "ortho-key", "flight-version" | "ortho-version"]
> = { orthophoto: FLIGHT, detection: ORTHO };

/** A span of time as Tekton writes it. */
export function minutes(count: number): string {
  return `${count}m0s`;
}

function pipeline(context: PipelineContext, name: PipelineName, spec: Pipeline["spec"]): Pipeline {
  return {
    apiVersion: "tekton.dev/v1",
    kind: "Pipeline",
    metadata: { name, namespace: context.namespace },
    spec,
  };
}

function catalog(
  context: PipelineContext,
  kind: Catalogued,
  task: Partial<PipelineTask>,
  params: PipelineTask["params"],
) {
  return {
    name: `catalog-${kind}`,
    taskRef: { name: `catalog-${kind}`, kind: "Task" },
    params,
    retries: RETRIES,
    timeout: minutes(context.config.shortTaskMinutes),
    ...task,
  } satisfies PipelineTask;
}

/** From a flight manifest to an orthophoto: one stitching a size class, of which the plan lets one run. */
export function orthophotoPipeline(context: PipelineContext): Pipeline {
  const { config } = context;
  const stitches = config.sizeClasses.map((sizeClass): PipelineTask => {
    return {
      name: stitchName(sizeClass),
      taskRef: { name: stitchName(sizeClass), kind: "Task" },
      when: [{ input: "$(tasks.plan.results.size-class)", operator: "in", values: [sizeClass.name] }],
      params: passed(FLIGHT),
      retries: stitchRetries(context),
      timeout: minutes(sizeClass.timeoutMinutes),
    };
  });
  // Tekton skips a task that reads a result of a skipped one, so each stitching has a cataloguing of its own.
  const catalogued = stitches.map(({ name }, i) =>
    catalog(context, "orthophoto", { name: `catalog-orthophoto-${config.sizeClasses[i]!.name}` }, [
      ...ORTHO.map((param) => ({ name: param, value: `$(tasks.${name}.results.${param})` })),
      ...passed([]),
    ]),
  );
  return pipeline(context, "orthophoto", {
    description: "from a flight manifest to an orthophoto",
    params: declared(PLANNED, { "least-class": "" }),
    tasks: [
      {
        name: "plan",
        taskRef: { name: "plan", kind: "Task" },
        params: passed(PLANNED),
        retries: RETRIES,
        timeout: minutes(config.shortTaskMinutes),
      },
      ...stitches,
      ...catalogued,
    ],
    // A flight belongs in the catalogue also when nothing could be made of it, and its cataloguing, when it fails, must
    // not keep an orthophoto out of it: Tekton starts no further task after a failure. Only a manifest that the plan
    // has found wrong is left out: it lists photos that are not there.
    finally: [
      catalog(
        context,
        "flight",
        { when: [{ input: "$(tasks.plan.status)", operator: "in", values: ["Succeeded"] }] },
        passed(FLIGHT),
      ),
    ],
  });
}

/** From an orthophoto to findings. */
export function detectionPipeline(context: PipelineContext): Pipeline {
  const { config } = context;
  const params: ParamName[] = [...ORTHO, ...MODEL];
  return pipeline(context, "detection", {
    description: "from an orthophoto to findings",
    params: declared(params, { "model-name": config.model.name, "model-version": config.model.version ?? "" }),
    tasks: [
      {
        name: "detect",
        taskRef: { name: "detect", kind: "Task" },
        params: passed(params),
        retries: RETRIES,
        timeout: minutes(config.detect.timeoutMinutes),
      },
      catalog(context, "results", { runAfter: ["detect"] }, passed(ORTHO)),
    ],
  });
}

/**
 * Minutes that a run of a pipeline may take, every task of it tried as often as it may be: the longest path of its tasks,
 * and what is done finally.
 */
export function longestMinutes(
  context: PipelineContext,
  name: PipelineName,
): { tasks: number; finally: number | undefined } {
  const { config } = context;
  const short = (1 + RETRIES) * config.shortTaskMinutes;
  if (name === "detection") {
    return { tasks: (1 + RETRIES) * config.detect.timeoutMinutes + short, finally: undefined };
  }
  const stitching = Math.max(...config.sizeClasses.map(({ timeoutMinutes }) => timeoutMinutes));
  return { tasks: short + (1 + stitchRetries(context)) * stitching + short, finally: short };
}
