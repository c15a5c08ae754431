import { describe, expect, test } from "vitest";
import { detectionPipeline, longestMinutes, orthophotoPipeline } from "../../pipelines/pipelines";
import { tasks } from "../../pipelines/tasks";
import type { Pipeline } from "../../pipelines/tekton-types";
import { context } from "./context";

function task(pipeline: Pipeline, name: string) {
  return pipeline.spec.tasks.find((candidate) => candidate.name === name)!;
}

describe.each(["sandbox", "prod"])("in %s", (stack) => {
  const made = context({}, stack);
  const pipelines = [orthophotoPipeline(made), detectionPipeline(made)];

  test("every task exists and gets all of its params", () => {
    const known = new Map(tasks(made).map((definition) => [definition.metadata.name, definition.spec.params]));
    for (const { taskRef, params } of pipelines.flatMap(({ spec }) => spec.tasks)) {
      const wanted = known.get(taskRef.name)?.map(({ name }) => name);
      expect(params.map(({ name }) => name).sort(), taskRef.name).toEqual(wanted?.sort());
    }
  });

  test("every task has a timeout and is retried at most once", () => {
    for (const { timeout, retries } of pipelines.flatMap(({ spec }) => spec.tasks)) {
      expect(timeout).toMatch(/^\d+m0s$/);
      expect(retries).toBe(1);
    }
  });

  test("a run may take as long as its longest path with every retry", () => {
    for (const pipeline of pipelines) {
      const minutes = (name: string) => Number.parseInt(task(pipeline, name).timeout, 10);
      const paths = pipeline.spec.tasks
        .filter(({ name }) => /^(stitch|detect)/.test(name))
        .map(({ name }) => (name === "detect" ? 0 : minutes("plan")) + minutes(name) + made.config.shortTaskMinutes);
      expect(longestMinutes(made, pipeline.metadata.name as "detection")).toBe(2 * Math.max(...paths));
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

  test("catalogues the orthophoto of the stitching that ran", () => {
    expect(task(pipeline, "catalog-orthophoto-s500").params).toEqual([
      { name: "ortho-key", value: "$(tasks.stitch-s500.results.ortho-key)" },
      { name: "ortho-version", value: "$(tasks.stitch-s500.results.ortho-version)" },
      { name: "run-name", value: "$(context.pipelineRun.name)" },
    ]);
  });

  test("catalogues the flight only after its plan", () => {
    expect(task(pipeline, "catalog-flight").runAfter).toEqual(["plan"]);
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
