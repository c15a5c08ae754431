import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { describeConfig } from "../../config/describe";

const project = parse(readFileSync(join(__dirname, "..", "..", "Pulumi.yaml"), "utf8"));

test("Pulumi.yaml declares every key as the schema does (after a change: npx tsx config/describe.ts)", () => {
  expect(project.config).toEqual(describeConfig());
});

test("a description names nested keys with type, default and unit", () => {
  const { description } = describeConfig().pipelines!;
  expect(description).toContain('engine (odm | sfm | gdal, default "odm"): what makes an orthophoto of photos');
  expect(description).toContain(
    "timeoutMinutes (integer, required): longest time that a stitching may take, in minutes",
  );
  const store = describeConfig().objectStore!.description;
  expect(store).toContain("type (ClusterIP | NodePort | LoadBalancer, required)");
  expect(store).toContain("port (integer 30000 to 32767): port on every node");
  expect(store).toContain('minUsable (size, default "1Ti"): ');
  expect(describeConfig().tier!.description).toMatch(/ \(production \| development \| sandbox\)$/);
});

test("keys that every stack must give have no default", () => {
  const required = Object.entries(describeConfig())
    .filter(([, declaration]) => !("default" in declaration))
    .map(([key]) => key);
  expect(required).toEqual(["endpoints", "codeVersion", "ownership", "pipelines"]);
});
