/** The report as a whole, for whatever a plan may hold. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { markdown } from "../../report/markdown";
import { EXIT_CODES, type Outcome, worst } from "../../report/outcome";
import type { Change } from "../../report/plan";
import { type Preview, reportOf } from "../../report/report";
import { add, NOTHING, totalsAt, totalsOf } from "../../report/totals";

vi.setConfig({ testTimeout: 60_000 });

const size = fc.constantFrom("1Gi", "8Gi", "1Ti");
const claim = (name: string, storage: string) => ({
  metadata: { name },
  spec: { resources: { requests: { storage } } },
});
const nasty = fc.constantFrom("a", "`````", "</details>", "@everybody", "| a | b |", "<!-- x -->", "line\nline");

const statefulSet = fc
  .record({ replicas: fc.integer({ min: 1, max: 8 }), drive: size, queue: size, value: nasty })
  .map(({ replicas, drive, queue, value }) => ({
    spec: {
      replicas,
      template: { metadata: { annotations: { note: value } }, spec: { containers: [{ name: "minio", image: value }] } },
      volumeClaimTemplates: [claim("drive-0", drive), claim("queue", queue)],
    },
  }));

const change: fc.Arbitrary<Change> = fc
  .record({
    operation: fc.constantFrom("create", "update", "replace", "delete", "same" as const),
    before: statefulSet,
    after: statefulSet,
    name: nasty,
    protect: fc.boolean(),
  })
  .map(({ operation, before, after, name, protect }) => {
    const side = (inputs: object) => ({ inputs: inputs as never, outputs: {}, protect, retainOnDelete: false });
    return {
      urn: `urn:pulumi:dev::lake::kubernetes:apps/v1:StatefulSet::${name}`,
      type: "kubernetes:apps/v1:StatefulSet",
      name,
      operation,
      before: operation === "create" ? undefined : side(before),
      after: operation === "delete" ? undefined : side(operation === "same" ? before : after),
      paths: [],
      replacing: [],
    };
  });

const preview: fc.Arbitrary<Preview> = fc.record({
  stack: fc.constantFrom("dev", "prod"),
  plan: fc.array(change, { maxLength: 8 }),
  policies: fc.constant([]),
  failure: fc.option(nasty, { nil: undefined }),
});

describe("a report", () => {
  test("is never longer than its limit, and its folds and fences are closed", () => {
    fc.assert(
      fc.property(
        fc.array(preview, { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 300, max: 6000 }),
        (previews, limit) => {
          const text = markdown(reportOf("what was deployed", previews), limit);
          expect(text.length).toBeLessThanOrEqual(limit);
          // Outside of fences nothing of a resource's own text is an element or calls anybody.
          const outside = text.replace(/^(`{3,})(diff|text)\n[\s\S]*?\n\1$/gm, "");
          expect(outside).not.toMatch(/^`{3}/m);
          expect(outside.match(/<details>/g)?.length ?? 0).toBe(outside.match(/<\/details>/g)?.length ?? 0);
          expect(outside).not.toContain("@everybody");
          expect(outside).not.toContain("<!--");
        },
      ),
      { numRuns: 30 },
    );
  });

  test("is dangerous exactly where it names a danger, and an error where the preview failed", () => {
    fc.assert(
      fc.property(preview, (given) => {
        const [stack] = reportOf("x", [given]).stacks;
        const expected: Outcome =
          given.failure !== undefined
            ? "error"
            : stack!.dangers.length
              ? "dangerous changes"
              : stack!.changes.length
                ? "changes"
                : "no change";
        expect(stack!.outcome).toBe(expected);
        const lost = given.plan.filter(({ operation }) => operation === "delete" || operation === "replace");
        expect(stack!.dangers.filter(({ rule }) => rule === "data-lost").length).toBe(lost.length);
      }),
      { numRuns: 30 },
    );
  });
});

test("exit codes are told apart, and the worst of several counts", () => {
  expect(new Set(Object.values(EXIT_CODES)).size).toBe(5);
  expect(worst([])).toBe("no change");
  expect(worst(["changes", "policy violation", "dangerous changes"])).toBe("policy violation");
  expect(worst(["policy violation", "error", "no change"])).toBe("error");
});

describe("totals", () => {
  test("are those of each resource together, and a pool's are its pods' times what each has", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), statefulSet, (plan, inputs) => {
        const resource = (props: object) => ({
          urn: "u",
          type: "kubernetes:apps/v1:StatefulSet",
          name: "n",
          props: props as never,
          protect: false,
          sources: {},
        });
        const sides = plan.flatMap(({ after }) => (after ? [totalsOf(resource(after.inputs))] : []));
        expect(totalsAt(plan, "after")).toEqual(sides.reduce(add, NOTHING));
        const one = totalsOf(resource({ spec: { ...inputs.spec, replicas: 1 } }));
        const all = totalsOf(resource(inputs));
        expect(all.drives).toBe(inputs.spec.replicas);
        expect(all.volumeGiB).toBe(one.volumeGiB * inputs.spec.replicas);
      }),
    );
  });

  test("know where GPUs and volumes are asked for", () => {
    const of = (type: string, props: object) =>
      totalsOf({ urn: "u", type, name: "n", props: props as never, protect: false, sources: {} });
    expect(of("kubernetes:karpenter.sh/v1:NodePool", { spec: { limits: { "nvidia.com/gpu": "4" } } }).gpus).toBe(4);
    const requests = { cpu: "500m", memory: "2Gi", "nvidia.com/gpu": "1" };
    const template = { spec: { containers: [{ name: "a", resources: { requests } }] } };
    expect(of("kubernetes:apps/v1:Deployment", { spec: { replicas: 2, template } })).toEqual({
      drives: 0,
      volumeGiB: 0,
      gpus: 2,
      cores: 1,
      memoryGiB: 4,
    });
    const cluster = { spec: { instances: 3, storage: { size: "200Gi" } } };
    expect(of("kubernetes:postgresql.cnpg.io/v1:Cluster", cluster).volumeGiB).toBe(600);
    const machines = {
      metadata: {
        annotations: {
          "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "3",
          "capacity.cluster-autoscaler.kubernetes.io/gpu-count": "2",
        },
      },
    };
    expect(of("kubernetes:cluster.x-k8s.io/v1beta2:MachineDeployment", machines).gpus).toBe(6);
  });
});
