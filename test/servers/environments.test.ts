import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { describe as describeObject, type KubeObject } from "../../plugins/kubernetes/objects";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import { type EnvironmentName, environments, recordEnvironment } from "../components/environments";
import type { Recorded } from "../components/recorder";
import { dump, dumpFolder, writeDump } from "../golden/dump";
import { DryRun } from "./dry-run";
import { objectsOf } from "./manifests";

/** Groups whose definitions cannot be had from a package registry, and why; any other kind that the server does not know fails. */
const UNAVAILABLE: Record<string, string> = {
  "postgresql.cnpg.io": "the module proxy does not serve github.com/cloudnative-pg/cloudnative-pg",
};
/** Objects of each environment at the time of writing, so that none goes unnoticed together with its dump. */
const AT_LEAST: Record<EnvironmentName, number> = { sandbox: 155, dev: 155, prod: 161 };

/** Kubernetes 1.34.1 says this of every headless Service, and 1.34.2 no longer: https://github.com/kubernetes/kubernetes/issues/134040 */
function wrongWarnings(objects: readonly KubeObject[]): string[] {
  const headless = objects.filter(({ kind, spec }) => kind === "Service" && spec.clusterIP === "None");
  const said = "spec.SessionAffinity is ignored for headless services";
  return headless.map((object) => `${describeObject(object)}: ${said}`).sort();
}

let dryRun: DryRun;
let folder: string;
beforeAll(async () => {
  dryRun = new DryRun(inject("kubernetes").kubeconfig);
  folder = await mkdtemp(join(tmpdir(), "drone-lake-golden-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await dryRun.remove();
});

describe.each(environments)("%s", (environment) => {
  let recorded: Recorded[];
  beforeAll(async () => {
    vi.resetModules();
    recorded = await recordEnvironment(environment);
  });

  test("declares what its dump in the repository says, and no secret is in it", async () => {
    const files = dump(recorded);
    expect([...files.values()].join("")).not.toMatch(/(password|secret)-of-/);

    const now = join(folder, environment);
    await writeDump(files, now);
    const args = ["-ruN", relative(checkout, dumpFolder(environment)), now];
    const { stdout } = await exec("diff", args, { cwd: checkout, allowed: [0, 1] });
    const stale = `test/golden/${environment} is not what the program declares: run \`npm run golden\` and review the difference`;
    if (stdout) throw new Error(`${stale}\n${stdout}`);
  });

  test("is taken whole by the API server, which warns of nothing", async () => {
    const objects = objectsOf(recorded);
    expect(objects.length).toBeGreaterThanOrEqual(AT_LEAST[environment]);

    const isUnavailable = ({ apiVersion }: KubeObject) => apiVersion.split("/")[0]! in UNAVAILABLE;
    const unknown = objects.filter(isUnavailable).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`);
    expect(await dryRun.judge(objects)).toEqual({
      judged: objects.length - unknown.length,
      rejected: [],
      warnings: wrongWarnings(objects),
      unknown: [...new Set(unknown)],
    });
  });
});

describe("the dry run finds", () => {
  const namespace = { name: "dry-run", labels: { "pod-security.kubernetes.io/enforce": "restricted" } };
  const metadata = { name: "a", namespace: namespace.name };
  const grounds: KubeObject[] = [{ apiVersion: "v1", kind: "Namespace", metadata: namespace }];
  const judge = (object: Omit<KubeObject, "metadata">) =>
    dryRun.judge([...grounds, { metadata, ...object } as KubeObject]);

  test.each([
    ["v1", "ServiceAccount"],
    ["tekton.dev/v1", "Task"],
    ["barmancloud.cnpg.io/v1", "ObjectStore"],
    ["cert-manager.io/v1", "Certificate"],
    ["cluster.x-k8s.io/v1beta2", "MachineDeployment"],
    ["karpenter.sh/v1", "NodePool"],
    ["kueue.x-k8s.io/v1beta2", "LocalQueue"],
    ["monitoring.coreos.com/v1", "ServiceMonitor"],
  ])("a field that %s/%s does not have", async (apiVersion, kind) => {
    const { rejected, unknown } = await judge({ apiVersion, kind, nonsense: 1 });
    expect(unknown).toEqual([]);
    expect(rejected).toEqual([expect.stringContaining("nonsense")]);
  });

  test("a template whose pods would not be admitted", async () => {
    const labels = { app: "a" };
    const spec = { containers: [{ name: "a", image: "example.org/a:1" }] };
    const { rejected, warnings } = await judge({
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    expect(rejected).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('would violate PodSecurity "restricted:latest"')]);
  });

  test("a namespace that nobody declares", async () => {
    const { rejected } = await dryRun.judge([
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "none" } },
    ]);
    expect(rejected).toEqual([expect.stringContaining('namespaces "none" not found')]);
  });

  test("a kind that nobody defines", async () => {
    expect(await judge({ apiVersion: "example.org/v1", kind: "None" })).toMatchObject({
      judged: 1,
      unknown: ["example.org/v1/None"],
    });
  });
});
