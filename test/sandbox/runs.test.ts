import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Kubectl } from "../../sandbox/cluster/kubectl";
import { Runs } from "../../sandbox/runs";
import { apiServer } from "./api-server";

const step = { note: () => {}, log: () => {} };
const BUSY = { code: 503, kind: "Status", status: "Failure", reason: "ServiceUnavailable", message: "etcd is slow" };
const RUN = "/apis/tekton.dev/v1/namespaces/drone-pipelines/pipelineruns/orthophoto-1";
const TASKS = "/apis/tekton.dev/v1/namespaces/drone-pipelines/taskruns";
const POD = "/api/v1/namespaces/drone-pipelines/pods/stitch-pod";

function run(status: "True" | "False", more: object = {}) {
  const condition = { type: "Succeeded", status, reason: "Tested", message: "as the test says" };
  return { metadata: { name: "stitch" }, status: { conditions: [condition], ...more } };
}

describe("following a run on an API server that hiccups", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  let answers: (typeof server)["answers"];
  let kubectl: Kubectl;

  beforeEach(async () => {
    server = await apiServer();
    ({ answers, kubectl } = server);
  }, 60_000);
  afterEach(() => server.close());

  it("goes on after an answer that it is too busy", { timeout: 60_000 }, async () => {
    answers[RUN] = [BUSY, BUSY, run("True")];
    answers[TASKS] = [BUSY, { items: [run("True")] }];
    expect(await new Runs(kubectl).waitFor("orthophoto-1", step)).toEqual([run("True")]);
  });

  it("tells why a run failed, also when its pod cannot be asked about", { timeout: 60_000 }, async () => {
    answers[RUN] = [run("False")];
    answers[TASKS] = [{ items: [run("False", { podName: "stitch-pod" })] }];
    answers[POD] = [{ code: 403, kind: "Status", status: "Failure", reason: "Forbidden", message: "no" }];
    const failure = new Runs(kubectl).waitFor("orthophoto-1", step);
    await expect(failure).rejects.toThrow(
      /task stitch: Tested: as the test says\npod .*stitch-pod cannot be asked about.*\n[\s\S]*-n drone-pipelines delete pipelinerun stitch$/,
    );
  });

  it("tells it also when its events cannot be read", { timeout: 60_000 }, async () => {
    answers[RUN] = [run("False")];
    answers[TASKS] = [{ items: [run("False", { podName: "stitch-pod" })] }];
    answers[POD] = [{ metadata: { name: "stitch-pod", namespace: "drone-pipelines" }, status: { phase: "Failed" } }];
    const failure = new Runs(kubectl).waitFor("orthophoto-1", step);
    await expect(failure).rejects.toThrow(/as the test says\npod .*stitch-pod: failed\n {2}its events cannot be read/);
  });

  it("tells of a run that never appears where to read the listener's log", { timeout: 60_000 }, async () => {
    const failure = new Runs(kubectl, 1).waitFor("orthophoto-1", step);
    await expect(failure).rejects.toThrow(
      new RegExp(`did not appear[^]*end of the EventListener's log[^]*kubectl --kubeconfig ${kubectl.kubeconfig} -n`),
    );
  });
});
