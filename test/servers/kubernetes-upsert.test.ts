import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";
import { client, configMap, deployer, get, namespace, podSpec, program, template } from "./space";

const upsert = { upsertExistingObjects: true };

describe("a provider that takes over what is there", () => {
  const declare = (changed: boolean) =>
    program((opts, metadata) => {
      const labels = { app: "web" };
      const claim = (storage: string) => ({
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
      });
      new k8s.apps.v1.StatefulSet(
        "set",
        {
          metadata: { ...metadata, name: "set", annotations: { "pulumi.com/skipAwait": "true" } },
          spec: {
            replicas: 0,
            serviceName: "web",
            selector: { matchLabels: labels },
            template,
            volumeClaimTemplates: [claim(changed ? "2Gi" : "1Gi")],
          },
        },
        opts,
      );
      new k8s.batch.v1.Job(
        "job",
        {
          metadata: { ...metadata, name: "job" },
          spec: {
            suspend: true,
            template: {
              spec: { restartPolicy: "Never", ...podSpec, terminationGracePeriodSeconds: changed ? 2 : 1 },
            },
          },
        },
        opts,
      );
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: changed ? "edit" : "view" };
      new k8s.rbac.v1.RoleBinding(
        "binding",
        { metadata: { ...metadata, name: "binding" }, roleRef, subjects: [{ kind: "Group", name: "nobody" }] },
        opts,
      );
    }, upsert);

  it("previews and makes replacements of what the server does not change", async () => {
    expect((await deployer.up(declare(false))).output).not.toContain("error:");
    const preview = await deployer.preview(declare(true));
    expect(preview.output).not.toContain("error:");
    const up = await deployer.up(declare(true));
    expect(up.output).not.toContain("error:");
    for (const steps of [preview.steps, up.steps]) {
      const replaced = Object.keys(steps).filter((step) => step.startsWith("replace "));
      expect(replaced.map((step) => step.split(" ")[2]).sort()).toEqual(["binding", "job", "set"]);
    }
    const set = await get(`/apis/apps/v1/namespaces/${namespace}/statefulsets/set`);
    expect(set?.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe("2Gi");
  });

  it("takes an object over, and previews what is wrong with a new one", async () => {
    await deployer.up(program(() => undefined, upsert));
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm", namespace }, data: { k: "old" } };
    await client.request("POST", `/api/v1/namespaces/${namespace}/configmaps`, { body });
    const { failed } = await deployer.up(
      program(
        (opts, metadata) =>
          void new k8s.core.v1.ConfigMap("cm", { metadata: { ...metadata, name: "cm" }, data: { k: "new" } }, opts),
        upsert,
      ),
    );
    expect(failed).toBe(false);
    expect((await get(configMap("cm")))?.data).toEqual({ k: "new" });

    const bad = await deployer.preview(
      program((opts) => {
        const spec = { selector: { matchLabels: { app: "other" } }, template };
        new k8s.apps.v1.Deployment("bad", { metadata: { name: "bad", namespace }, spec }, opts);
      }, upsert),
    );
    expect(bad.failed).toBe(true);
    expect(bad.output).toContain("`selector` does not match template `labels`");
  });
});
