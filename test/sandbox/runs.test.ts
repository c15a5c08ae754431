import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Kubectl } from "../../sandbox/cluster/kubectl";
import { ConsoleReporter } from "../../sandbox/progress";
import { Runs } from "../../sandbox/runs";
import { ensureTool } from "../../sandbox/toolchain";

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
  let root: string;
  let server: Server;
  let kubectl: Kubectl;
  /** What is answered at a path, in turn; the last answer stays. */
  let answers: Record<string, object[]>;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "lake-runs-"));
    answers = {};
    server = createServer((request, response) => {
      const path = (request.url ?? "").split("?")[0] as string;
      const at = answers[path] ?? [{ code: 404, kind: "Status", status: "Failure", reason: "NotFound" }];
      const body = (at.length > 1 ? at.shift() : at[0]) as { code?: number };
      response.writeHead(body.code ?? 200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const kubeconfig = join(root, "kubeconfig");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const contexts = [{ name: "c", context: { cluster: "c", user: "" } }];
    const clusters = [{ name: "c", cluster: { server: url } }];
    writeFileSync(kubeconfig, JSON.stringify({ kind: "Config", clusters, contexts, "current-context": "c" }));
    kubectl = new Kubectl(await ensureTool("kubectl", new ConsoleReporter()), kubeconfig, 10);
  }, 60_000);
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true, force: true });
  });

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
      /task stitch: Tested: as the test says\npod .*stitch-pod cannot be asked about/,
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
