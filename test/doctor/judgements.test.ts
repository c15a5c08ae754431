import { describe, expect, test } from "vitest";
import type { Finding } from "../../doctor/check";
import { aheadSeconds, judgeClock } from "../../doctor/checks/clock";
import { judgeGpuNodes } from "../../doctor/checks/gpu-nodes";
import { imagesInUse, registryOf } from "../../doctor/checks/images";
import { judgeVolumes } from "../../doctor/checks/local-volumes";
import { judgePools } from "../../doctor/checks/object-store-nodes";
import { grouped } from "../../doctor/checks/permissions";
import { judgeWork } from "../../doctor/checks/size-classes";
import { judgeClasses } from "../../doctor/checks/storage-classes";
import { judgeTekton } from "../../doctor/checks/tekton-settings";
import type { Node } from "../../doctor/nodes";
import { volumeNeeds } from "../../doctor/volumes";
import { environment } from "../config/values";

function node(name: string, allocatable: Record<string, string> = {}, more: Node["spec"] = {}, ready = "True"): Node {
  return {
    metadata: { name },
    spec: more,
    status: {
      allocatable: { cpu: "63", memory: "490Gi", "ephemeral-storage": "3Ti", ...allocatable },
      conditions: [{ type: "Ready", status: ready }],
    },
  };
}

const levels = (findings: readonly Finding[]) => findings.map(({ level }) => level);
const four = ["a", "b", "c", "d"].map((name) => node(name));

describe("nodes for the object store", () => {
  const prod = environment({}, "prod");

  test("are as many as a pool has pods", () => {
    expect(judgePools(prod, four, undefined)).toEqual([
      { level: "ok", what: "pool p0 needs 4 nodes with 4 cores and 16Gi for a pod; 4 can take one" },
    ]);
  });

  test("are counted without those that take no pod, each with why", () => {
    const nodes = [
      node("a"),
      node("small", { memory: "8Gi" }),
      node("cordoned", {}, { unschedulable: true }),
      node("control", {}, { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] }),
      node("gpu", {}, { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] }),
      node("gone", {}, {}, "Unknown"),
      node("preferred", {}, { taints: [{ key: "k", effect: "PreferNoSchedule" }] }),
    ];
    expect(judgePools(prod, nodes, undefined)).toEqual([
      {
        level: "fail",
        what:
          "pool p0 needs 4 nodes with 4 cores and 16Gi for a pod; 2 of 7 can take one (small: too small, cordoned: cordoned, " +
          "control: tainted with node-role.kubernetes.io/control-plane, gpu: a GPU node, gone: not ready)",
        mend: "add or free 2, or lower objectStore.resources",
      },
    ]);
  });

  test("may be missing where something starts them", () => {
    expect(judgePools(prod, four.slice(1), "Karpenter")).toMatchObject([
      { level: "warn", mend: "see that Karpenter may start 1 more" },
    ]);
  });

  test("may be a single one where the drives share a disk", () => {
    expect(levels(judgePools(environment(), [node("only")], undefined))).toEqual(["ok"]);
  });
});

describe("nodes for the pipelines", () => {
  test("have room for every class, and for the detection unless it has GPUs", () => {
    const dev = environment({ "pipelines.detect": { cpu: 5, memoryGiB: 4 } }, "dev");
    expect(levels(judgeWork(dev, [node("a", { cpu: "9" })], undefined))).toEqual(["ok"]);
    const found = judgeWork(dev, [node("a", { cpu: "4900m", memory: "12Gi" })], undefined);
    expect(found).toEqual([
      {
        level: "fail",
        what: "size class medium requests 8.1 cores and 17 GiB, and no node has both (the most are 4.9 cores and 12 GiB)",
        mend: "add a larger node, or lower pipelines.sizeClasses.1",
      },
      {
        level: "fail",
        what: "the detection requests 5 cores and 4 GiB, and no node has both (the most are 4.9 cores and 12 GiB)",
        mend: "add a larger node, or lower pipelines.detect",
      },
    ]);
    const gpu = {
      gpu: { backend: "existing", nodes: ["g"] },
      "pipelines.detect": { cpu: 64, gpus: 1 },
      "images.tasks-gpu": "tasks-gpu:1",
    };
    expect(levels(judgeWork(environment(gpu, "dev"), [node("a")], undefined))).toEqual(["ok"]);
  });

  test("have the disk that a class may write", () => {
    expect(judgeWork(environment({}, "dev"), [node("a", { "ephemeral-storage": "50Gi" })], undefined)).toMatchObject([
      { level: "warn", what: expect.stringMatching(/^size class medium may write 100 GiB, .* have 50 GiB/) },
    ]);
  });
});

describe("GPU nodes", () => {
  const pool = environment({ gpu: { backend: "existing", nodes: ["gpu-1"], gpusPerNode: 2 } });

  test.each([
    ["offers enough", [node("gpu-1", { "nvidia.com/gpu": "2" })], "ok", undefined],
    ["is there under another name", [node("gpu-01")], "fail", "did you mean gpu-01 in gpu.nodes?"],
    ["is not ready", [node("gpu-1", {}, {}, "False")], "fail", "see why: kubectl describe node gpu-1"],
    [
      "has no device plugin",
      [node("gpu-1")],
      "fail",
      "run NVIDIA's driver and device plugin there (or the GPU operator)",
    ],
    [
      "offers fewer",
      [node("gpu-1", { "nvidia.com/gpu": "1" })],
      "fail",
      "set it to 1, or mend the node's missing GPUs",
    ],
  ])("a named node %s", (_, nodes, level, mend) => {
    expect(judgeGpuNodes(pool, nodes)).toMatchObject([mend ? { level, mend } : { level }]);
  });
});

describe("storage classes", () => {
  const prod = volumeNeeds(environment({}, "prod"));
  const good = {
    metadata: { name: "local-xfs" },
    provisioner: "csi.example.org",
    parameters: { "csi.storage.k8s.io/fstype": "xfs" },
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  };
  const asDefault = (name: string) => ({
    ...good,
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  });

  test("that are named exist and are fit for drives", () => {
    expect(judgeClasses(prod, [good])).toEqual([
      { level: "ok", what: "local-xfs, for drives of pool p0, queues of pool p0, the database" },
    ]);
    const poor = { ...good, parameters: {}, volumeBindingMode: "Immediate", allowVolumeExpansion: false };
    expect(levels(judgeClasses(prod, [poor]))).toEqual(["warn", "warn", "warn"]);
  });

  test("that are misspelt or missing are failures", () => {
    const other = { ...good, metadata: { name: "localxfs" } };
    expect(judgeClasses(prod, [other])).toMatchObject([{ level: "fail", mend: "did you mean localxfs?" }]);
    expect(judgeClasses(prod, [])).toMatchObject([
      { level: "fail", mend: "make it, or install a provisioner with a storage class" },
    ]);
  });

  test("that are not named are the cluster's default, of which there is one", () => {
    const dev = volumeNeeds(environment({}, "dev"));
    expect(judgeClasses(dev, [good])).toMatchObject([
      { level: "fail", what: expect.stringMatching(/^no storage class is/) },
    ]);
    expect(levels(judgeClasses(dev, [asDefault("x")]))).toEqual(["ok"]);
    expect(judgeClasses(dev, [asDefault("x"), asDefault("y")])).toMatchObject([
      { level: "warn", what: expect.stringContaining("(x, y)") },
    ]);
  });
});

test("volumes made beforehand are handed out once, and the lake's own count", () => {
  const volume = (storage: string, phase: string, namespace?: string) => ({
    spec: { storageClassName: "local-xfs", capacity: { storage }, ...(namespace && { claimRef: { namespace } }) },
    status: { phase },
  });
  const drives = [
    ...Array.from({ length: 6 }, () => volume("1Ti", "Available")),
    volume("1Ti", "Bound", "data-systems"),
    volume("1Ti", "Bound", "elsewhere"),
    volume("900Gi", "Available"),
  ];
  const queues = Array.from({ length: 4 }, () => volume("10Gi", "Available"));
  expect(judgeVolumes(volumeNeeds(environment({}, "prod")), [...drives, ...queues])).toEqual([
    {
      level: "fail",
      what: "7 of 8 volumes of local-xfs with 1Ti for drives of pool p0",
      mend: "make 1 more on the nodes that are to carry them",
    },
    { level: "ok", what: "1 of 1 volumes of local-xfs with 200Gi for the database" },
    { level: "ok", what: "4 of 4 volumes of local-xfs with 10Gi for queues of pool p0" },
  ]);
});

describe("clocks", () => {
  test("are compared with the middle of the question", () => {
    expect(aheadSeconds(new Date(61_000), 0, 2000)).toBe(60);
    expect(aheadSeconds(new Date(1_000), 60_000, 62_000)).toBe(-60);
  });

  test("may be apart by what S3 takes, and not by more", () => {
    expect(judgeClock("it", 3).level).toBe("ok");
    expect(judgeClock("it", -60)).toMatchObject({ level: "warn", what: "it is 60 s behind this machine" });
    expect(judgeClock("it", 900)).toMatchObject({
      level: "fail",
      what: expect.stringMatching(/^it is 900 s ahead of/),
    });
  });
});

describe("Tekton that was there before", () => {
  test("is of the version that the pipelines are tested with, and marks its pods as restricted", () => {
    expect(levels(judgeTekton("v1.9.2", { "set-security-context": "true" }))).toEqual(["ok"]);
    expect(judgeTekton("v1.0.0", { "set-security-context": "false" })).toMatchObject([
      { level: "fail", mend: "set it in the ConfigMap feature-flags" },
      { level: "warn", what: expect.stringMatching(/^Tekton Pipelines is v1.0.0, and the pipelines are tested with/) },
    ]);
    expect(levels(judgeTekton(undefined, { "set-security-context": "true" }))).toEqual(["warn"]);
  });
});

test("rights are told together where the same is refused", () => {
  const access = { group: "apps", resource: "statefulsets", namespace: "data-systems" };
  const secrets = { group: "", resource: "secrets", namespace: "data-systems" };
  expect(
    grouped([
      ...["create", "delete"].flatMap((verb) => [
        { verb, ...access },
        { verb, ...secrets },
      ]),
      { verb: "patch", group: "", resource: "nodes", name: "gpu-1" },
    ]),
  ).toEqual(["create, delete in data-systems: statefulsets.apps, secrets", "patch: nodes gpu-1"]);
});

test("registries are asked for the images of what the environment has, and for no others", () => {
  const project = /opendronemap|nvcr.io|jetstack|tektoncd/;
  const used = (changes: Record<string, unknown>) =>
    imagesInUse(environment(changes, "dev")).flatMap((image) => project.exec(image)?.[0] ?? []);
  const none = { "pipelines.engine": "sfm", "tekton.install": false };
  expect(used(none)).toEqual([]);
  const gpu = { backend: "existing", nodes: ["g"], devicePlugin: "plugin" };
  expect(used({ ...none, gpu, "pipelines.engine": "odm" }).sort()).toEqual(["nvcr.io", "opendronemap"]);
  expect(used({ ...none, "tekton.install": true })).toContain("tektoncd");
});

test.each([
  ["opendronemap/odm:3.5.6", "registry-1.docker.io"],
  ["busybox", "registry-1.docker.io"],
  ["ghcr.io/tektoncd/x:v1", "ghcr.io"],
  ["localhost:5001/lake/minio:1", "localhost:5001"],
  ["localhost/lake/minio:1", "localhost"],
])("the image %s comes from %s", (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});
