import { describe, expect, it } from "vitest";
import { failedContainers, podProblems } from "../../../plugins/kubernetes/await/pods";
import { ruleFor, selectorText, type Verdict } from "../../../plugins/kubernetes/await/rules";
import { waitForFlaw, waitForRule } from "../../../plugins/kubernetes/await/wait-for";
import type { KubeObject } from "../../../plugins/kubernetes/objects";
import { UNKNOWN } from "../../../plugins/shared/values";

/** An object as the server gives it, generation 2 unless said otherwise. */
function object(apiVersion: string, kind: string, fields: object, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: "x", namespace: "n", generation: 2, ...metadata }, ...fields };
}

function judge(subject: KubeObject, related: KubeObject[] = []): Verdict {
  const rule = ruleFor(subject);
  if (!rule) throw new Error(`no rule for ${subject.kind}`);
  return rule.judge(subject, related);
}

const pullError = object(
  "v1",
  "Pod",
  {
    status: {
      phase: "Pending",
      containerStatuses: [{ name: "c", state: { waiting: { reason: "ErrImagePull", message: "no such image" } } }],
    },
  },
  { name: "x-1" },
);
const crashing = object(
  "v1",
  "Pod",
  {
    status: {
      phase: "Running",
      containerStatuses: [
        {
          name: "c",
          state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
          lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
        },
      ],
    },
  },
  { name: "x-2" },
);
const unscheduled = object(
  "v1",
  "Pod",
  {
    status: {
      phase: "Pending",
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes: insufficient memory" },
      ],
    },
  },
  { name: "x-3" },
);
const starting = object(
  "v1",
  "Pod",
  {
    status: {
      phase: "Pending",
      containerStatuses: [{ name: "c", state: { waiting: { reason: "ContainerCreating" } } }],
    },
  },
  { name: "x-4" },
);

describe("a Deployment", () => {
  const deployment = (status: object, spec: object = {}) =>
    object("apps/v1", "Deployment", {
      spec: { replicas: 2, selector: { matchLabels: { app: "x" } }, ...spec },
      status,
    });
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

  it("is ready when all of its replicas are new and available", () => {
    expect(judge(deployment(done)).state).toBe("ready");
    expect(judge(deployment({ ...done, availableReplicas: 3, replicas: 2 })).state).toBe("ready");
  });

  it("is not ready by the status of an older generation", () => {
    expect(judge(deployment({ ...done, observedGeneration: 1 })).state).toBe("waiting");
  });

  it("waits for each step of the rollout, and says which", () => {
    expect(judge(deployment({ ...done, updatedReplicas: 1 }))).toMatchObject({ message: "1 of 2 replicas updated" });
    expect(judge(deployment({ ...done, replicas: 3 }))).toMatchObject({ message: "1 old replicas are ending" });
    expect(judge(deployment({ ...done, availableReplicas: 0 }))).toMatchObject({
      state: "waiting",
      message: "0 of 2 replicas available",
    });
  });

  it("names what is wrong with a pod", () => {
    const { message } = judge(deployment({ ...done, availableReplicas: 1 }), [starting, pullError]);
    expect(message).toBe("1 of 2 replicas available; pod x-1: container c: ErrImagePull: no such image");
  });

  it("fails at its own deadline", () => {
    const conditions = [
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" },
    ];
    expect(judge(deployment({ ...done, availableReplicas: 0, conditions }), [crashing])).toEqual({
      state: "failed",
      message: "timed out; pod x-2: container c: CrashLoopBackOff: exit code 137: OOMKilled",
    });
  });

  it("is left alone while it is paused, and with no replicas", () => {
    expect(judge(deployment({}, { paused: true })).state).toBe("ready");
    expect(judge(deployment({ observedGeneration: 2 }, { replicas: 0 })).state).toBe("ready");
  });
});

describe("a StatefulSet", () => {
  const set = (status: object, spec: object = {}) =>
    object("apps/v1", "StatefulSet", {
      spec: { replicas: 3, selector: { matchLabels: { app: "s" } }, ...spec },
      status,
    });
  const rolling = { observedGeneration: 2, replicas: 3, readyReplicas: 3, currentRevision: "a", updateRevision: "b" };

  it("waits until every replica has the new revision", () => {
    expect(judge(set({ ...rolling, updatedReplicas: 2 }))).toMatchObject({
      state: "waiting",
      message: "2 of 3 replicas updated",
    });
    expect(judge(set({ ...rolling, updatedReplicas: 3, currentRevision: "b" })).state).toBe("ready");
  });

  it("waits only for the replicas that its partition lets go", () => {
    const spec = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } };
    expect(judge(set({ ...rolling, updatedReplicas: 1 }, spec)).state).toBe("ready");
    expect(judge(set({ ...rolling, updatedReplicas: 0 }, spec)).state).toBe("waiting");
  });

  it("does not wait for a new revision that is only taken on deletion", () => {
    expect(judge(set({ ...rolling, updatedReplicas: 0 }, { updateStrategy: { type: "OnDelete" } })).state).toBe(
      "ready",
    );
  });

  it("waits for ready replicas", () => {
    const { state, message } = judge(
      set({ observedGeneration: 2, replicas: 3, readyReplicas: 1, currentRevision: "a", updateRevision: "a" }),
      [unscheduled],
    );
    expect([state, message]).toEqual([
      "waiting",
      "1 of 3 replicas ready; pod x-3: Unschedulable: 0/1 nodes: insufficient memory",
    ]);
  });
});

describe("a DaemonSet", () => {
  it("is ready when every node's pod is new and available", () => {
    const set = (status: object) =>
      object("apps/v1", "DaemonSet", { spec: { selector: {} }, status: { observedGeneration: 2, ...status } });
    expect(judge(set({ desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 })).message).toBe(
      "1 of 2 pods updated",
    );
    expect(judge(set({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 })).message).toBe(
      "1 of 2 pods available",
    );
    expect(judge(set({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 })).state).toBe(
      "ready",
    );
  });
});

describe("a Job", () => {
  const job = (status: object, spec: object = {}) =>
    object("batch/v1", "Job", { spec: { selector: { matchLabels: { job: "x" } }, ...spec }, status });

  it("is ready when it is complete, or suspended on purpose", () => {
    expect(judge(job({ conditions: [{ type: "Complete", status: "True" }] })).state).toBe("ready");
    expect(judge(job({}, { suspend: true })).state).toBe("ready");
    expect(judge(job({ active: 1 })).message).toBe("0 of 1 completions");
  });

  it("fails with the reason of its pod", () => {
    const conditions = [
      { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too many retries" },
    ];
    expect(judge(job({ conditions }), [crashing])).toMatchObject({
      state: "failed",
      message: expect.stringMatching(/^BackoffLimitExceeded: too many retries; pod x-2: .*OOMKilled/),
    });
  });
});

describe("a Service", () => {
  const service = (spec: object, status: object = {}) => object("v1", "Service", { spec, status });
  const slice = (...ready: boolean[]) =>
    object("discovery.k8s.io/v1", "EndpointSlice", {
      endpoints: ready.map((value) => ({ conditions: { ready: value } })),
    });
  const selecting = { selector: { app: "web" }, clusterIP: "10.96.0.7", type: "ClusterIP" };

  it("is ready when every endpoint is", () => {
    expect(judge(service(selecting), [slice(true), slice(true, true)]).state).toBe("ready");
    expect(judge(service(selecting), [slice(true, false)])).toMatchObject({
      state: "waiting",
      message: "1 of 2 endpoints ready",
    });
  });

  it("may stay without endpoints, but not before they had time to come", () => {
    expect(judge(service(selecting), [slice()])).toMatchObject({ state: "waiting", settleMs: 10_000 });
    expect(judge(service(selecting), [slice(false)]).settleMs).toBeUndefined();
  });

  it("has no endpoints to wait for when it is headless, external or without selector", () => {
    for (const spec of [
      { ...selecting, clusterIP: "None" },
      { ...selecting, type: "ExternalName" },
      { clusterIP: "10.96.0.8" },
    ]) {
      expect(ruleFor(service(spec))?.related?.(service(spec))).toBeUndefined();
      expect(judge(service(spec)).state).toBe("ready");
    }
  });

  it("of type LoadBalancer needs an address", () => {
    const balanced = { ...selecting, type: "LoadBalancer" };
    expect(judge(service(balanced), [slice(true)]).message).toMatch(/no address/);
    expect(judge(service(balanced, { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } }), [slice(true)]).state).toBe(
      "ready",
    );
  });
});

describe("a PersistentVolumeClaim", () => {
  const claim = (phase: string) =>
    object("v1", "PersistentVolumeClaim", { spec: { storageClassName: "local-path" }, status: { phase } });
  const storageClass = (volumeBindingMode: string) =>
    object("storage.k8s.io/v1", "StorageClass", { volumeBindingMode });

  it("waits to be bound", () => {
    expect(judge(claim("Pending"), [storageClass("Immediate")]).state).toBe("waiting");
    expect(judge(claim("Bound"), [storageClass("Immediate")]).state).toBe("ready");
  });

  it("does not wait for its first consumer, which may wait for it", () => {
    expect(judge(claim("Pending"), [storageClass("WaitForFirstConsumer")]).state).toBe("ready");
  });

  it("fails when its volume is lost", () => {
    expect(judge(claim("Lost"), [storageClass("Immediate")]).state).toBe("failed");
  });
});

describe("other kinds", () => {
  it("a CustomResourceDefinition must be established, under names that are free", () => {
    const definition = (...conditions: object[]) =>
      object("apiextensions.k8s.io/v1", "CustomResourceDefinition", { status: { conditions } });
    expect(judge(definition()).state).toBe("waiting");
    expect(judge(definition({ type: "Established", status: "True" })).state).toBe("ready");
    expect(judge(definition({ type: "NamesAccepted", status: "False", message: "taken by another" }))).toMatchObject({
      state: "failed",
    });
  });

  it("a Pod is ready when it is, or when it has done its work", () => {
    const pod = (phase: string, ready = "False") =>
      object("v1", "Pod", { status: { phase, conditions: [{ type: "Ready", status: ready }] } });
    expect(judge(pod("Running", "True")).state).toBe("ready");
    expect(judge(pod("Succeeded")).state).toBe("ready");
    expect(judge(pod("Running")).state).toBe("waiting");
    expect(judge(pod("Failed")).state).toBe("failed");
  });

  it("a ConfigMap, a Role or a custom object is not waited for", () => {
    for (const [apiVersion, kind] of [
      ["v1", "ConfigMap"],
      ["rbac.authorization.k8s.io/v1", "Role"],
      ["tekton.dev/v1", "Task"],
    ] as const) {
      expect(ruleFor({ apiVersion, kind })).toBeUndefined();
    }
  });
});

describe("pods", () => {
  it("that merely start have no problem, and nobody's log is read", () => {
    expect(podProblems(starting)).toEqual([]);
    expect(failedContainers(starting)).toEqual([]);
  });

  it("that crash tell by the log of the run before", () => {
    expect(failedContainers(crashing)).toEqual([{ name: "c", previous: true }]);
  });
});

describe("selectorText", () => {
  it("writes labels and expressions as a query", () => {
    const matchExpressions = [
      { key: "tier", operator: "In", values: ["a", "b"] },
      { key: "old", operator: "DoesNotExist" },
      { key: "zone", operator: "Exists" },
    ];
    expect(selectorText({ matchLabels: { app: "web" }, matchExpressions })).toBe("app=web,tier in (a,b),!old,zone");
  });
});

describe("pulumi.com/waitFor", () => {
  it.each([
    ["condition=Ready", undefined],
    ['["condition=A","jsonpath={.b}"]', undefined],
    [UNKNOWN, undefined],
    ["ready", /neither jsonpath= nor condition=/],
    ["[condition=A]", /begins like a JSON list and is none/],
    ["jsonpath={.a[?(@.b)]}", /is no path that the local build understands/],
  ])("%j is looked at before anything is made", (value, flaw) => {
    const found = waitForFlaw({ metadata: { annotations: { "pulumi.com/waitFor": value } } });
    if (flaw) expect(found).toMatch(flaw);
    else expect(found).toBeUndefined();
  });

  const run = object("tekton.dev/v1", "PipelineRun", {
    status: {
      phase: "Running",
      conditions: [{ type: "Succeeded", status: "Unknown", message: "2 of 3 tasks" }],
      list: [{ ip: "1.2.3.4" }],
    },
    metadata: { name: "x", annotations: { "a.b/c": "1" } },
  });

  it.each([
    ["jsonpath={.status.phase}=Running", "ready"],
    ["jsonpath={.status.phase}=Done", "waiting"],
    ["jsonpath={.status.list[0].ip}", "ready"],
    ["jsonpath={.status.nothing}", "waiting"],
    ["jsonpath={.metadata.annotations.a\\.b/c}=1", "ready"],
    ["condition=Succeeded=Unknown", "ready"],
    ["condition=Succeeded", "waiting"],
  ])("%s is %s", (expression, state) => {
    expect(waitForRule([expression]).judge(run, []).state).toBe(state);
  });

  it("holds only when every condition does, and says which does not", () => {
    const rule = waitForRule(["jsonpath={.status.phase}=Running", "condition=Succeeded"]);
    expect(rule.judge(run, []).message).toBe("condition Succeeded is Unknown: 2 of 3 tasks");
  });

  it("refuses what is neither a path nor a condition", () => {
    expect(() => waitForRule(["ready"])).toThrow(/neither jsonpath= nor condition=/);
  });
});
