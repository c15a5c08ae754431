import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { describe as describeObject, type KubeObject } from "../../plugins/kubernetes/objects";
import { type EnvironmentName, environments, recordEnvironment } from "../components/environments";
import { dumpFolder } from "../golden/dump";
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
beforeAll(() => {
  dryRun = new DryRun(inject("kubernetes").kubeconfig);
});
afterAll(() => dryRun.remove());

const isUnavailable = ({ apiVersion }: Pick<KubeObject, "apiVersion">) => apiVersion.split("/")[0]! in UNAVAILABLE;

/** How many Kubernetes objects an environment's dump holds. */
function dumped(environment: EnvironmentName): number {
  const folder = dumpFolder(environment);
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  return texts.join("").match(/^type: kubernetes:/gm)?.length ?? 0;
}

test.each(environments)("the API server takes all of %s, and warns of nothing", async (environment) => {
  vi.resetModules();
  const objects = objectsOf(await recordEnvironment(environment));
  const runs = objects.filter(({ kind }) => kind === "PipelineRun").length;
  expect(objects.length).toBe(dumped(environment) + runs);
  expect(objects.length).toBeGreaterThanOrEqual(AT_LEAST[environment]);

  const judged = objects.filter((object) => !isUnavailable(object));
  const unknown = [...new Set(objects.filter(isUnavailable).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`))];
  expect(await dryRun.judge(objects)).toEqual({
    judged: judged.length,
    rejected: [],
    warnings: wrongWarnings(objects),
    unknown,
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
