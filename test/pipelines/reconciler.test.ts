import { expect, test } from "vitest";
import { reconciler } from "../../pipelines/reconciler";
import { context } from "./context";

test("a look may take as long as the config says, by default an hour, and is not tried again", () => {
  const jobOf = (changes = {}) => reconciler(context(changes)).spec.jobTemplate.spec;
  expect(jobOf()).toMatchObject({ activeDeadlineSeconds: 3600, backoffLimit: 0 });
  expect(jobOf({ "pipelines.reconcile.timeoutMinutes": 5 }).activeDeadlineSeconds).toBe(300);
});
