import * as k8s from "@pulumi/kubernetes";
import { expect, it } from "vitest";
import { deployer, get, namespace, podSpec, program, runPods } from "./space";

const declare = (annotations: Record<string, string>) =>
  program((opts, metadata) => {
    const spec = { backoffLimit: 0, template: { spec: { restartPolicy: "Never", ...podSpec } } };
    new k8s.batch.v1.Job("job", { metadata: { ...metadata, name: "job", annotations }, spec }, opts);
  });

/** An `up` while every pod that comes ends in `phase` at once. */
async function upWithPods(phase: "Failed" | "Succeeded", annotations: Record<string, string>) {
  const stop = runPods({ phase });
  try {
    return await deployer.up(declare(annotations));
  } finally {
    await stop();
  }
}

it("a failed Job fails the update, and is made anew by the next one when its annotation says so", async () => {
  const failure = await upWithPods("Failed", {});
  expect(failure.failed).toBe(true);
  expect(failure.output).toContain(`Job ${namespace}/job was created and failed: BackoffLimitExceeded`);

  const kept = await upWithPods("Succeeded", {});
  expect(kept.failed).toBe(true);
  expect(Object.keys(kept.steps).join()).not.toContain("replace");

  const again = { "pulumi.com/replaceUnready": "true" };
  const preview = await deployer.preview(declare(again));
  const up = await upWithPods("Succeeded", again);
  expect(up.failed, up.output).toBe(false);
  for (const { steps } of [preview, up]) {
    expect(steps["replace kubernetes:batch/v1:Job job"]).toMatchObject({
      'metadata.annotations["pulumi.com/replaceUnready"]': expect.stringMatching(/-replace$/),
    });
  }
  expect((await get(`/apis/batch/v1/namespaces/${namespace}/jobs/job`))?.status.succeeded).toBe(1);
  expect((await deployer.up(declare(again))).steps).toEqual({});
});
