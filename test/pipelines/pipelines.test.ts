import { describe, expect, test } from "vitest";
import { detectionPipeline, longestMinutes, orthophotoPipeline, type PipelineName } from "../../pipelines/pipelines";
import { pipelineRun } from "../../pipelines/runs";
import { tasks } from "../../pipelines/tasks";
import type { Pipeline, PipelineTask } from "../../pipelines/tekton-types";
import { context } from "./context";

function all({ spec }: Pipeline) {
  return [...spec.tasks, ...(spec.finally ?? [])];
}

function task(pipeline: Pipeline, name: string) {
  return all(pipeline).find((candidate) => candidate.name === name)!;
}

describe.each(["sandbox", "prod"])("in %s", (stack) => {
  const made = context({}, stack);
  const pipelines = [orthophotoPipeline(made), detectionPipeline(made)];

  test("every task exists and gets all of its params", () => {
    const known = new Map(tasks(made).map((definition) => [definition.metadata.name, definition.spec.params]));
    for (const { taskRef, params } of pipelines.flatMap(all)) {
      const wanted = known.get(taskRef.name)?.map(({ name }) => name);
      expect(params.map(({ name }) => name).sort(), taskRef.name).toEqual(wanted?.sort());
    }
  });

  test("every task has a timeout and is tried once more, except hours of OpenDroneMap", () => {
    for (const { name, timeout, retries } of pipelines.flatMap(all)) {
      expect(timeout).toMatch(/^\d+m0s$/);
      expect(retries, name).toBe(name.startsWith("stitch-") && made.config.engine === "odm" ? 0 : 1);
    }
  });

  test("a run may take as long as its longest path with every retry, and what it does finally comes on top", () => {
    for (const pipeline of pipelines) {
      const longest = ({ timeout, retries }: PipelineTask) => (1 + retries) * Number.parseInt(timeout, 10);
      const short = longest(task(pipeline, pipeline.metadata.name === "detection" ? "catalog-results" : "plan"));
      const paths = pipeline.spec.tasks
        .filter(({ name }) => /^(stitch|detect)/.test(name))
        .map((work) => (work.name === "detect" ? 0 : short) + longest(work) + short);
      const last = pipeline.spec.finally ? short : undefined;
      const name = pipeline.metadata.name as PipelineName;
      expect(longestMinutes(made, name)).toEqual({ tasks: Math.max(...paths), finally: last });
      const { timeouts } = pipelineRun(made, name, {}).spec;
      expect(timeouts).toEqual({
        pipeline: `${Math.max(...paths) + (last ?? 0)}m0s`,
        ...(last === undefined ? {} : { finally: `${last}m0s` }),
      });
    }
  });
});

describe("orthophoto", () => {
  const pipeline = orthophotoPipeline(context({}, "prod"));

  test("has one stitching a size class, and the plan lets exactly one run", () => {
    const stitches = pipeline.spec.tasks.filter(({ name }) => name.startsWith("stitch-"));
    expect(stitches.map(({ when }) => when)).toEqual(
      ["s40", "s250", "s500", "s1500", "s2500", "s5000"].map((name) => [
        { input: "$(tasks.plan.results.size-class)", operator: "in", values: [name] },
      ]),
    );
  });

  test("takes the size class of the flight, unless a run names a larger one", () => {
    expect(pipeline.spec.params).toContainEqual(expect.objectContaining({ name: "least-class", default: "" }));
    expect(task(pipeline, "plan").params).toContainEqual({ name: "least-class", value: "$(params.least-class)" });
  });

  test("catalogues the orthophoto of the stitching that ran", () => {
    expect(task(pipeline, "catalog-orthophoto-s500").params).toEqual([
      { name: "ortho-key", value: "$(tasks.stitch-s500.results.ortho-key)" },
      { name: "ortho-version", value: "$(tasks.stitch-s500.results.ortho-version)" },
      { name: "run-name", value: "$(context.pipelineRun.name)" },
    ]);
  });

  test("catalogues the flight whatever becomes of its stitching, but not when its plan has failed", () => {
    expect(pipeline.spec.tasks.map(({ name }) => name)).not.toContain("catalog-flight");
    expect(pipeline.spec.finally).toMatchObject([
      {
        name: "catalog-flight",
        when: [{ input: "$(tasks.plan.status)", operator: "in", values: ["Succeeded"] }],
        params: [
          { name: "flight-key", value: "$(params.flight-key)" },
          { name: "flight-version", value: "$(params.flight-version)" },
          { name: "run-name", value: "$(context.pipelineRun.name)" },
        ],
      },
    ]);
    expect(pipeline.spec.finally![0]).not.toHaveProperty("runAfter");
  });
});

test("detection takes the model that the config names, unless a run names another", () => {
  const { params } = detectionPipeline(context({ "pipelines.model": { name: "otter", version: "v" } })).spec;
  expect(params.map(({ name, default: fallback }) => [name, fallback])).toEqual([
    ["ortho-key", undefined],
    ["ortho-version", undefined],
    ["model-name", "otter"],
    ["model-version", "v"],
  ]);
});
