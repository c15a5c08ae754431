import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Manifest, readManifests } from "../../components/manifest";
import { stageOf, transformTekton } from "../../components/tekton-manifests";
import { defaultImages } from "../../config/images";

const upstream = ["tekton-pipelines", "tekton-triggers"].flatMap((set) =>
  readManifests(join(__dirname, "manifests", set)),
);
const images: Record<string, string> = { ...defaultImages(), shell: "our/shell:1" };
const labels = { owner: "geo" };
const options = { version: "1.2.3", images, highAvailability: false, labels };
const installed = transformTekton(upstream, options);

// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds
function find(kind: string, name: string, objects: Manifest[] = installed): any {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

describe("images", () => {
  const [container] = find("Deployment", "tekton-pipelines-controller").spec.template.spec.containers;

  test("are released ones in place of import paths, in arguments too", () => {
    expect(container.image).toBe(images["tekton-pipelines-controller"]);
    expect(container.args).toEqual(["-nop-image", images["tekton-pipelines-nop"], "-shell-image", "our/shell:1"]);
    expect(JSON.stringify(installed)).not.toContain("ko://");
  });

  test("keep upstream's shell where the config names none", () => {
    const made = transformTekton(upstream, { ...options, images: defaultImages() });
    const { containers } = find("Deployment", "tekton-pipelines-controller", made).spec.template.spec;
    expect(containers[0].args[3]).toMatch(/^cgr.dev\/chainguard\/busybox@/);
  });

  test("that nobody knows are an error that names them", () => {
    const strange = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { a: "ko://other" } }];
    expect(() => transformTekton(strange, options)).toThrow("Tekton's manifests name ko://other");
  });

  test("are of the release that the labels say", () => {
    expect(find("Deployment", "tekton-pipelines-controller").metadata.labels.version).toBe("v1.2.3");
  });
});

describe("rights", () => {
  test("controller and interceptors may watch Secrets: neither does anything when it may not", () => {
    const verbs = ["get", "list", "watch"];
    expect(find("ClusterRole", "tekton-triggers-core-interceptors").rules[0]).toMatchObject({ verbs });
    expect(find("ClusterRoleBinding", "tekton-triggers-core-interceptors")).toBeDefined();
    expect(find("ClusterRole", "tekton-pipelines-controller-tenant-access").rules[0].resources).toContain("secrets");
  });

  test("no role has what only Knative needs", () => {
    expect(find("ClusterRole", "tekton-triggers-admin").rules).toEqual([
      { apiGroups: ["triggers.tekton.dev"], resources: ["eventlisteners"], verbs: ["get"] },
    ]);
  });
});

describe("what is not used", () => {
  test("is not installed: other interceptors, the sender of cloud events; its ConfigMap stays for the controllers", () => {
    expect(installed.filter(({ kind }) => kind === "ClusterInterceptor")).toHaveLength(1);
    expect(find("Deployment", "tekton-events-controller")).toBeUndefined();
    expect(find("ConfigMap", "config-events")).toBeDefined();
  });

  test("the autoscaler is there only for high availability, and then pods have more", () => {
    expect(find("HorizontalPodAutoscaler", "tekton-pipelines-webhook")).toBeUndefined();
    const available = transformTekton(upstream, { ...options, highAvailability: true });
    expect(find("HorizontalPodAutoscaler", "tekton-pipelines-webhook", available)).toBeDefined();
    const { containers } = find("Deployment", "tekton-pipelines-controller", available).spec.template.spec;
    expect(containers[0].resources).toMatchObject({ requests: { cpu: "100m" }, limits: { memory: "2Gi" } });
  });
});

test("the flags restrict what Tekton adds to pods and leave the others as they are", () => {
  expect(find("ConfigMap", "feature-flags").data).toMatchObject({
    coschedule: "disabled",
    "set-security-context": "true",
    "keep-pod-on-cancel": "false",
  });
});

test("a definition has no field that the API server drops, or it would change at every up", () => {
  expect(find("CustomResourceDefinition", "tasks.tekton.dev", upstream).spec).toHaveProperty("preserveUnknownFields");
  expect(find("CustomResourceDefinition", "tasks.tekton.dev").spec).toEqual({
    group: "tekton.dev",
    scope: "Namespaced",
    names: { kind: "Task", plural: "tasks" },
    versions: [],
  });
});

test("interceptors exist before the pod that fills in their CA at its start", () => {
  expect(stageOf(find("CustomResourceDefinition", "tasks.tekton.dev"))).toBe("definitions");
  expect(stageOf(find("ClusterInterceptor", "cel"))).toBe("interceptors");
  expect(stageOf(find("Deployment", "tekton-triggers-core-interceptors"))).toBe("servers");
});

test.each(["Validating", "Mutating"])("a %s webhook goes before the server that it asks", (sort) => {
  const webhook = { apiVersion: "admissionregistration.k8s.io/v1", kind: `${sort}WebhookConfiguration` };
  expect(stageOf({ ...webhook, metadata: { name: "validation.webhook.triggers.tekton.dev" } })).toBe("admission");
});
