import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { announced } from "../../components/lake-buckets";
import { pipelineRun } from "../../pipelines/runs";
import type { TriggerTemplate } from "../../pipelines/tekton-types";
import { filter, listener, triggers } from "../../pipelines/triggers";
import { context } from "./context";

/** The pattern that a trigger wants the URL-encoded key to match. */
function pattern(name: "orthophoto" | "detection"): RegExp {
  return new RegExp(/key\.matches\('([^']+)'\)/.exec(filter(name))![1]!);
}

/** A key as MinIO's events carry it: Go's url.QueryEscape. */
function escaped(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

describe("the filter", () => {
  test("asks for the shared secret before anything else", () => {
    for (const name of ["orthophoto", "detection"] as const) {
      expect(filter(name)).toMatch(
        /^header\.canonical\('Authorization'\)\.compareSecret\('authorization', 'event-token'\) && /,
      );
    }
  });

  test("keeps the buckets apart", () => {
    expect(filter("orthophoto")).toContain("s3.bucket.name == 'drone-raw'");
    expect(filter("detection")).toContain("s3.bucket.name == 'drone-ortho'");
  });

  test("lets every announced key through, whatever people call a project", () => {
    const segment = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !text.includes("/"));
    fc.assert(
      fc.property(segment, segment, (project, flight) => {
        const { prefix, suffix } = announced["drone-raw"]!;
        expect(escaped(`${prefix}${project}/${flight}${suffix}`)).toMatch(pattern("orthophoto"));
        expect(escaped(`${project}/${flight}/${project}${announced["drone-ortho"]!.suffix}`)).toMatch(
          pattern("detection"),
        );
      }),
    );
  });

  test("lets nothing through that Tekton, Kubernetes or a shell would expand", () => {
    const dangerous = fc.constantFrom("$(params.x)", "$(HOME)", "'", '"', "`", ";", "\\", "{", " ", "\n");
    fc.assert(
      fc.property(fc.string(), dangerous, fc.string(), (before, character, after) => {
        expect(`projects%2F${before}${character}${after}%2Fflight.json`).not.toMatch(pattern("orthophoto"));
      }),
    );
  });

  test("does not take another object of the flight for its manifest", () => {
    expect(escaped("projects/p/f/my-flight.json")).not.toMatch(pattern("orthophoto"));
    expect(escaped("elsewhere/p/f/flight.json")).not.toMatch(pattern("orthophoto"));
    expect(escaped("p/f/report.json")).not.toMatch(pattern("detection"));
  });
});

describe("a run", () => {
  const version = "0e6c0f0a-1111-4222-8333-444455556666";

  test("is named after the VersionID of what it is made from", () => {
    const run = pipelineRun(context(), "orthophoto", { "flight-key": "projects%2Fa%2Fb", "flight-version": version });
    expect(run.metadata.name).toBe(`orthophoto-${version}`);
    expect(run.spec.params).toEqual([
      { name: "flight-key", value: "projects%2Fa%2Fb" },
      { name: "flight-version", value: version },
    ]);
  });

  test("of the TriggerTemplate has the same shape, with the template's params", () => {
    const template = triggers(context()).find(
      ({ kind, metadata }) => kind === "TriggerTemplate" && metadata.name === "detection",
    ) as TriggerTemplate;
    expect(template.spec.resourcetemplates).toHaveLength(1);
    expect(template.spec.resourcetemplates[0]!.metadata.name).toBe("detection-$(tt.params.ortho-version)");
  });

  test("has pods without a token, not root, and a timeout", () => {
    const { spec } = pipelineRun(context(), "detection", { "ortho-version": version });
    expect(spec.taskRunTemplate).toMatchObject({
      serviceAccountName: "pipeline-run",
      podTemplate: { automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, runAsUser: 65532 } },
    });
    expect(spec.timeouts.pipeline).toBe("90m0s");
    expect(spec).not.toHaveProperty("taskRunSpecs");
  });
});

test("the listener has one trigger a pipeline, each with filter, binding and template of that name", () => {
  const { spec, metadata } = listener(context());
  expect(metadata.name).toBe("lake");
  expect(spec.triggers.map(({ name, bindings, template }) => [name, bindings[0]!.ref, template.ref])).toEqual([
    ["orthophoto", "orthophoto", "orthophoto"],
    ["detection", "detection", "detection"],
  ]);
});
