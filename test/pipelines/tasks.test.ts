import { describe, expect, test } from "vitest";
import { stitchRequests } from "../../config/pods";
import { bytesOf } from "../../config/values";
import { stitchTask } from "../../pipelines/stitch";
import { tasks } from "../../pipelines/tasks";
import type { EnvVar, Task } from "../../pipelines/tekton-types";
import { context } from "./context";

function variables(task: Task, step = 0): Record<string, string | undefined> {
  return Object.fromEntries(task.spec.steps[step]!.env.map(({ name, value }) => [name, value]));
}

function secretOf(task: Task, variable: string): string | undefined {
  return task.spec.steps[0]!.env.find(({ name }: EnvVar) => name === variable)?.valueFrom?.secretKeyRef.name;
}

describe.each(["sandbox", "dev", "prod"])("the tasks of %s", (stack) => {
  const all = tasks(context({}, stack));

  test("take params into the environment alone, never into a command", () => {
    for (const task of all) {
      for (const step of task.spec.steps) {
        expect(step).not.toHaveProperty("script");
        expect(step.command.join(" ")).not.toContain("$(");
      }
    }
  });

  test("declare every param that their environment reads", () => {
    for (const task of all) {
      const declared = task.spec.params.map(({ name }) => name);
      const used = JSON.stringify(task.spec.steps).matchAll(/\$\(params\.([a-z-]+)\)/g);
      for (const [, name] of used) expect(declared, task.metadata.name).toContain(name);
    }
  });

  test("tell each step the image that it runs in, which it records and cannot ask for", () => {
    const steps = all.flatMap((task) => task.spec.steps).filter(({ command }) => command[0] === "dronelake");
    expect(steps.length).toBeGreaterThan(5);
    for (const { image, env } of steps) expect(env).toContainEqual({ name: "STEP_IMAGE", value: image });
  });

  test("have no password or key in plain text", () => {
    for (const { name, value } of all.flatMap((task) => task.spec.steps.flatMap((step) => step.env))) {
      if (/PASSWORD|SECRET|ACCESS_KEY/.test(name)) expect(value, name).toBeUndefined();
    }
  });

  test("request and limit memory, and run restricted on a sized work volume", () => {
    for (const task of all) {
      expect(task.spec.volumes).toEqual([
        { name: "work", emptyDir: { sizeLimit: expect.stringMatching(/^\d+Gi$/) } },
        { name: "ca", secret: { secretName: "event-listener-tls", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ]);
      for (const step of task.spec.steps) {
        expect(step.computeResources).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
        expect(step.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          runAsNonRoot: true,
        });
      }
    }
  });
});

test("each task holds the keys of the identity that may do its work, and no others", () => {
  const keys = tasks(context()).map((task) => [
    task.metadata.name,
    secretOf(task, "AWS_ACCESS_KEY_ID"),
    secretOf(task, "PGPASSWORD"),
  ]);
  expect(keys).toEqual([
    ["plan", "s3-pipeline-stitch", undefined],
    ["stitch-small", "s3-pipeline-stitch", undefined],
    ["stitch-medium", "s3-pipeline-stitch", undefined],
    ["detect", "s3-pipeline-detect", "database-pipeline-detect"],
    ["catalog-flight", "s3-catalog", "database-pipeline-catalog"],
    ["catalog-orthophoto", "s3-catalog", "database-pipeline-catalog"],
    ["catalog-results", "s3-catalog", "database-pipeline-catalog"],
  ]);
});

describe("stitching", () => {
  test.each(["odm", "sfm"])("by %s requests in all what the config is checked for", (engine) => {
    const lake = context({ "pipelines.engine": engine }, "prod");
    for (const sizeClass of lake.config.sizeClasses) {
      const requests = stitchTask(lake, sizeClass).spec.steps.map((step) => step.computeResources.requests);
      const sum = (numbers: number[]) => numbers.reduce((all, number) => all + number, 0);
      const cores = (cpu: string) => (cpu.endsWith("m") ? Number.parseInt(cpu, 10) / 1000 : Number(cpu));
      const total = stitchRequests(lake.config, sizeClass);
      expect(sum(requests.map(({ cpu }) => cores(cpu!)))).toBeCloseTo(total.cpu);
      expect(sum(requests.map(({ memory }) => bytesOf(memory!)))).toBe(total.memoryGiB * 2 ** 30);
    }
  });

  test("gets what its size class says", () => {
    const { config } = context({}, "prod");
    const task = stitchTask(context({ "pipelines.gsdM": 0.05 }, "prod"), config.sizeClasses[2]!);
    expect(task.metadata.name).toBe("stitch-s500");
    const odm = task.spec.steps[1]!;
    expect(odm.computeResources).toEqual({ requests: { cpu: "16", memory: "32Gi" }, limits: { memory: "32Gi" } });
    expect(variables(task)).toMatchObject({ STITCH_ENGINE: "odm", STITCH_CRS: "auto", STITCH_GSD_M: "0.05" });
  });

  test("without a GSD in config leaves it to the photos", () => {
    expect(variables(stitchTask(context(), context().config.sizeClasses[0]!))).not.toHaveProperty("STITCH_GSD_M");
  });

  test("by OpenDroneMap runs its image between the lake's own steps, which read its exit code", () => {
    const odm = context({ "pipelines.odmArgs": ["--feature-quality", "high"] }, "dev");
    const { steps } = stitchTask(odm, odm.config.sizeClasses[0]!).spec;
    expect(steps.map(({ name, image }) => [name, image])).toEqual([
      ["prepare", "tasks:1"],
      ["odm", "odm:1"],
      ["finish", "tasks:1"],
    ]);
    expect(steps[1]!.command).toEqual([
      ...["python3", "/code/run.py", "--project-path", "/work"],
      ...["--max-concurrency", "4", "--feature-quality", "high", "flight"],
    ]);
    expect(steps[1]!.onError).toBe("continue");
    expect(steps[1]!.env.map(({ name }) => name)).toEqual(["HOME", "TMPDIR"]);
    expect(variables(stitchTask(odm, odm.config.sizeClasses[0]!), 2)).toMatchObject({
      ODM_EXIT_CODE_FILE: "$(steps.step-odm.exitCode.path)",
      ODM_IMAGE: "odm:1",
      STITCH_ODM_ARGS: '["--feature-quality","high"]',
    });
  });

  test("tells OpenDroneMap the size class's cores, and the GSD in centimetres where the config has one", () => {
    const odm = context({ "pipelines.gsdM": 0.07 }, "prod");
    for (const sizeClass of odm.config.sizeClasses) {
      expect(stitchTask(odm, sizeClass).spec.steps[1]!.command.slice(4)).toEqual([
        ...["--max-concurrency", String(sizeClass.cpu), "--orthophoto-resolution", "7", "flight"],
      ]);
    }
  });
});
