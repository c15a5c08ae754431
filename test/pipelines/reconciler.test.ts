import { expect, test } from "vitest";
import { reconciler, reconcilerRules } from "../../pipelines/reconciler";
import { context } from "./context";

test("a look may take as long as the config says, by default an hour, and is not tried again", () => {
  const jobOf = (changes = {}) => reconciler(context(changes)).spec.jobTemplate.spec;
  expect(jobOf()).toMatchObject({ activeDeadlineSeconds: 3600, backoffLimit: 0 });
  expect(jobOf({ "pipelines.reconcile.timeoutMinutes": 5 }).activeDeadlineSeconds).toBe(300);
});

test("it may make and remove runs, and removes those that are as old as the config says", () => {
  expect(reconcilerRules).toContainEqual({
    apiGroups: ["tekton.dev"],
    resources: ["pipelineruns"],
    verbs: ["get", "list", "create", "delete"],
  });
  const [container] = reconciler(context({ "pipelines.reconcile.keepRunsDays": 3 })).spec.jobTemplate.spec.template.spec
    .containers;
  expect(container!.env).toContainEqual({ name: "KEEP_RUNS_DAYS", value: "3" });
});

test("it may read why a stitching failed, and knows which size class is the next larger one", () => {
  expect(reconcilerRules).toContainEqual({ apiGroups: ["tekton.dev"], resources: ["taskruns"], verbs: ["get"] });
  const [container] = reconciler(context()).spec.jobTemplate.spec.template.spec.containers;
  const { value } = container!.env.find(({ name }) => name === "SIZE_CLASSES")!;
  expect(JSON.parse(value!)).toEqual([
    { name: "small", photos: 60 },
    { name: "medium", photos: 250 },
  ]);
});
