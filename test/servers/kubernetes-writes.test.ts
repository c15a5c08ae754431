import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";
import { update } from "../../plugins/kubernetes/apply";
import { Cluster } from "../../plugins/kubernetes/cluster";
import type { KubeObject } from "../../plugins/kubernetes/objects";
import { readSettings } from "../../plugins/kubernetes/settings";
import { client, deployer, get, kubeconfig, namespace, patch, program } from "./space";

it("a field that the kind does not have is refused, not dropped", async () => {
  const declare = (image: string, more: object) =>
    program((opts, metadata) => {
      const template = { spec: { containers: [{ name: "c", image, ...more }] } };
      new k8s.core.v1.PodTemplate("t", { metadata: { ...metadata, name: "t" }, template }, opts);
    });
  const typo = { imagePullpolicy: "Never" };
  await deployer.up(program(() => undefined));
  const preview = await deployer.preview(declare("none.invalid/none:1", typo));
  expect(preview.failed).toBe(true);
  expect(preview.output).toContain('unknown field "template.spec.containers[0].imagePullpolicy"');

  expect((await deployer.up(declare("none.invalid/none:1", {}))).failed).toBe(false);
  const update = await deployer.up(declare("none.invalid/none:2", typo));
  expect(update.failed).toBe(true);
  expect(update.output).toContain("imagePullpolicy");
  const live = await get(`/api/v1/namespaces/${namespace}/podtemplates/t`);
  expect(live?.template.spec.containers[0].image).toBe("none.invalid/none:1");
});

describe("a definition of custom resources", () => {
  const group = () => `${namespace}.example.com`;
  const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const path = () => `${collection}/lakes.${group()}`;
  const definition = (properties: Record<string, { type: string }>) => {
    const schema = { openAPIV3Schema: { type: "object", properties } };
    const clientConfig = { service: { namespace: "default", name: "webhook", path: "/convert" } };
    return {
      metadata: { name: `lakes.${group()}` },
      spec: {
        group: group(),
        scope: "Namespaced",
        names: { plural: "lakes", singular: "lake", kind: "Lake" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
        conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig } },
      },
    };
  };
  const depth = { depth: { type: "string" } };
  const width = { width: { type: "string" } };
  const propertiesOf = (live?: KubeObject) => live?.spec.versions[0].schema.openAPIV3Schema.properties;

  it("is updated as a whole, and keeps the authority that its webhook filled in", async () => {
    const declare = (properties: Record<string, { type: string }>) =>
      program((opts) => {
        new k8s.apiextensions.v1.CustomResourceDefinition("definition", definition(properties), opts);
      });
    expect((await deployer.up(declare(depth))).failed).toBe(false);
    const caBundle: string = JSON.parse(readFileSync(kubeconfig, "utf8")).clusters[0].cluster[
      "certificate-authority-data"
    ];
    await patch(path(), { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } });

    const change = await deployer.up(declare(width));
    expect(change.failed, change.output).toBe(false);
    const live = await get(path());
    expect(propertiesOf(live)).toEqual(width);
    expect(live?.spec.conversion.webhook.clientConfig.caBundle).toBe(caBundle);
    expect((await deployer.up(declare(width))).steps).toEqual({});
  });

  it("is updated also when somebody else wrote to it a moment ago", async () => {
    const kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
    const before = await client.request<KubeObject>("POST", collection, { body: { ...kind, ...definition(depth) } });
    await patch(path(), { metadata: { labels: { other: "yes" } } });
    const cluster = Cluster.open(readSettings({ kubeconfig }, {}));
    const log = { status() {}, warn() {} };
    const live = await update(
      { cluster, context: { log, signal: new AbortController().signal }, urn: "", dryRun: false },
      before,
      { object: { ...kind, ...definition(width) }, manager: "test", force: true, ignoreChanges: [] },
    );
    expect(propertiesOf(live)).toEqual(width);
    await client.request("DELETE", path());
    await cluster.client.close();
  });
});
