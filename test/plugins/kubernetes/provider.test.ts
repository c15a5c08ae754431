import { expect, it } from "vitest";
import type { Write } from "../../../plugins/kubernetes/apply";
import { waitUntilGone } from "../../../plugins/kubernetes/await/wait";
import type { KubeObject } from "../../../plugins/kubernetes/objects";
import { KubernetesProvider } from "../../../plugins/kubernetes/provider";
import type { Properties } from "../../../plugins/shared/values";

const log = { status() {}, warn() {} };

/** What the check of a ConfigMap with this metadata finds wrong, by a provider without a cluster. */
async function failuresOf(metadata: Properties) {
  const provider = new KubernetesProvider();
  await provider.configure({ kubeconfig: "none" }, {});
  const type = "kubernetes:core/v1:ConfigMap";
  const request = { urn: "", type, name: "cm", olds: {}, news: { metadata }, randomSeed: new Uint8Array() };
  const { failures = [] } = await provider.check(request, { log, signal: new AbortController().signal });
  return failures;
}

it("a condition to wait for that cannot be read is refused before anything is made", async () => {
  const annotated = (value: string) => ({ name: "cm", annotations: { "pulumi.com/waitFor": value } });
  expect(await failuresOf(annotated("condition=Ready"))).toEqual([]);
  expect(await failuresOf(annotated("ready"))).toEqual([
    { property: "metadata.annotations", reason: expect.stringContaining("neither jsonpath= nor condition=") },
  ]);
});

it("a deletion that begins after the interrupt does not wait", async () => {
  const cluster = { discovery: { find: () => new Promise(() => undefined) } } as unknown as Write["cluster"];
  const write = { cluster, context: { log, signal: AbortSignal.abort() }, urn: "", dryRun: false };
  const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm", namespace: "n" } };
  await expect(waitUntilGone(write, object, object, 600_000)).rejects.toThrow(
    "delete ConfigMap n/cm: it is being deleted, the wait was interrupted",
  );
});
