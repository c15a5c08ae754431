import { expect, test } from "vitest";
import { ConfigError } from "../../config";
import templates from "../../tasks/tests/ortho-key-templates.json";
import { environment } from "./values";

// The tasks' own check is tested on the same templates, in tasks/tests/test_keys.py.
test.each(templates.taken)("the orthophoto's key may be %j", (template) => {
  expect(environment({ "pipelines.orthoKeyTemplate": template }).pipelines.orthoKeyTemplate).toBe(template);
});

test.each(templates.refused)("the orthophoto's key may not be %j, which the stitching would refuse", (template) => {
  expect(() => environment({ "pipelines.orthoKeyTemplate": template })).toThrow(ConfigError);
});
