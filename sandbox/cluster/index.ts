import { SandboxError } from "../errors";
import type { Instance } from "../instance";
import { checkInterrupt } from "../process";
import type { Reporter, Step } from "../progress";
import { installAddons } from "./addons";
import { type Component, components } from "./components";
import { checkRunning, logKeeper, start } from "./daemons";
import { importImages, type NodeImage } from "./images";
import { Kubectl } from "./kubectl";
import { makeNode, nodeAlive } from "./namespaces";
import { ensurePki } from "./pki";
import { permitPolicyEnforcer } from "./policies";
import { type NodeTools, writeSettings } from "./settings";

/** The images that the node itself needs. */
export interface ClusterImages {
  readonly pause: NodeImage;
  readonly coredns: NodeImage;
  readonly provisioner: NodeImage;
  readonly shell: NodeImage;
}

/** Seconds on an idle machine; a busy one, or a slow disk, may take minutes. */
const READY_MS = 600_000;

/**
 * Brings the instance's node up, or completes what an earlier run left of it: namespaces, control plane, node, cluster DNS and storage.
 * What runs already is left alone. Returns the instance with its node recorded.
 */
export async function ensureCluster(
  given: Instance,
  tools: NodeTools,
  images: ClusterImages,
  report: Reporter,
): Promise<Instance> {
  return report.step("Kubernetes node", async (step) => {
    const instance = nodeAlive(given) ? given : await makeNode(given, step);
    const pki = await ensurePki(instance);
    const settings = writeSettings(instance, pki, tools, images.pause.ref);
    const all = components(instance, pki, settings, tools);
    const kubectl = new Kubectl(tools.kubectl, instance.kubeconfig);
    step.note("control plane starts");
    await startAll(instance, [logKeeper(instance), ...all.slice(0, 3)], tools, step);
    await until("the API server answers", instance, all.slice(0, 3), step, () => kubectl.ready());
    await permitPolicyEnforcer(kubectl, step);
    await startAll(instance, all.slice(3), tools, step);
    step.note("images");
    await importImages(instance, tools, Object.values(images), step);
    step.note("cluster DNS and storage");
    await installAddons(kubectl, images, step);
    await until("the node is ready", instance, all, step, () => kubectl.nodeReady(instance.nodeName));
    for (const [namespace, deployment] of [
      ["kube-system", "coredns"],
      ["local-path-storage", "local-path-provisioner"],
    ] as const) {
      await until(`${deployment} is available`, instance, all, step, () => kubectl.available(namespace, deployment));
    }
    step.note(instance.nodeAddress);
    return instance;
  });
}

async function startAll(instance: Instance, all: readonly Component[], tools: NodeTools, step: Step): Promise<void> {
  for (const component of all) {
    checkInterrupt();
    await start(instance, component, tools, step);
  }
}

/** Waits for a state, and meanwhile sees to it that the components live. */
async function until(
  what: string,
  instance: Instance,
  all: readonly Component[],
  step: Step,
  reached: () => Promise<string | true>,
): Promise<void> {
  step.note(`waiting until ${what}`);
  const end = Date.now() + READY_MS;
  let last = "";
  while (Date.now() < end) {
    checkInterrupt();
    const state = await reached();
    if (state === true) return;
    last = state;
    checkRunning(instance, all);
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new SandboxError(
    `not within ${READY_MS / 1000} s: ${what}. Last answer: ${last}. The logs of the node are in ${instance.logs}`,
  );
}
