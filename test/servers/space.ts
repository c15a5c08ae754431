/** A namespace for each test of the file that imports this and a stack for all of them, on the API server of all files. */
import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, vi } from "vitest";
import { Client } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import type { KubeObject } from "../../plugins/kubernetes/objects";
import { readSettings } from "../../plugins/kubernetes/settings";
import { Deployer } from "./stack";

export const { kubeconfig, server } = inject("kubernetes");
export const client = new Client(connect(readSettings({ kubeconfig }, {})));
export let namespace: string;
export let deployer: Deployer;
let counter = 0;

// Each test runs the engine several times, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 900_000 });

beforeAll(open);
beforeEach(() => {
  namespace = `test-${process.pid}-${++counter}`;
});
afterEach(async () => {
  const { failed, output } = await deployer.destroy();
  await remove(`/api/v1/namespaces/${namespace}`);
  // The next test must not inherit what is stuck here.
  if (failed) await open();
  expect(failed, output).toBe(false);
});
afterAll(() => deployer.remove());

async function open(): Promise<void> {
  deployer?.remove();
  deployer = await Deployer.create(["kubernetes"]);
}

export function get(path: string): Promise<KubeObject | undefined> {
  return client.request<KubeObject>("GET", path).catch(() => undefined);
}

export function patch(path: string, body: object): Promise<KubeObject> {
  return client.request<KubeObject>("PATCH", path, { body, contentType: "application/merge-patch+json" });
}

export async function remove(path: string): Promise<void> {
  await client.request("DELETE", path).catch(() => undefined);
}

export const configMap = (name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`;

/** A program in a namespace of its own; `declare` gets the options with the provider and the namespace's name. */
export function program(
  declare: (opts: pulumi.CustomResourceOptions, metadata: { namespace: pulumi.Output<string> }) => void,
  args: object = {},
) {
  return async () => {
    const provider = new k8s.Provider("k8s", { kubeconfig, enablePatchForce: true, ...args });
    // The server takes seconds to clear a namespace; the next test has another one.
    const metadata = { name: namespace, annotations: { "pulumi.com/skipAwait": "true" } };
    const space = new k8s.core.v1.Namespace("space", { metadata }, { provider });
    declare({ provider }, { namespace: space.metadata.name });
  };
}

/** Nobody runs pods here, so this stands in for the kubelet: it gives the pods that come a status. Ends by the returned call. */
export function runPods(status: object): () => Promise<void> {
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      const { items = [] } = await client.request<{ items: KubeObject[] }>(
        "GET",
        `/api/v1/namespaces/${namespace}/pods`,
      );
      for (const { metadata, status: now } of items) {
        const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}`;
        const gone = { gracePeriodSeconds: 0 };
        if (metadata.deletionTimestamp) await client.request("DELETE", path, { body: gone }).catch(() => undefined);
        else if (now?.phase === "Pending") await patch(`${path}/status`, { status }).catch(() => undefined);
      }
      await sleep(100);
    }
  })();
  return () => {
    stopped = true;
    return loop;
  };
}

export const RUNNING = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
export const podSpec = { containers: [{ name: "c", image: "none.invalid/none:1" }] };
export const template = { metadata: { labels: { app: "web" } }, spec: podSpec };
