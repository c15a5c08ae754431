/** Tekton's own controller and Kubernetes' own scheduler beside the API server of all tests, and nodes that only say that they are there. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Manifest } from "../../components/manifest";
import { Tekton } from "../../components/tekton";
import { defaultImages } from "../../config/images";
import type { Client } from "../../plugins/kubernetes/client";
import type { KubeObject } from "../../plugins/kubernetes/objects";
import type { Reporter } from "../../sandbox/progress";
import { ensureManifests, ensureTool } from "../../sandbox/toolchain";
import { freePort, type Processes } from "./processes";

const SYSTEM = "tekton-pipelines";
/** Names that Tekton's Deployment gives its controller. */
const CONFIG = {
  CONFIG_DEFAULTS_NAME: "config-defaults",
  CONFIG_LOGGING_NAME: "config-logging",
  CONFIG_OBSERVABILITY_NAME: "config-observability",
  CONFIG_FEATURE_FLAGS_NAME: "feature-flags",
  CONFIG_LEADERELECTION_NAME: "config-leader-election-controller",
  CONFIG_SPIRE: "config-spire",
  METRICS_DOMAIN: "tekton.dev/pipeline",
};
/** Flags of the images that it wants named; none of them is ever pulled here. */
const IMAGES = [
  ...["entrypoint-image", "nop-image", "sidecarlogresults-image", "workingdirinit-image"],
  ...["shell-image", "shell-image-win"],
];

/** Metrics would want a port of their own. */
const UNOBSERVED = { "metrics.backend-destination": "none" };

/** Where objects of a kind are, in a namespace or beside them. */
export function pathOf({ apiVersion, kind, metadata }: Pick<Manifest, "apiVersion" | "kind" | "metadata">): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
  return `${root}${place}/${kind
    .toLowerCase()
    .replace(/y$/, "ie")
    .replace(/class$/, "classe")}s`;
}

export function make(client: Client, object: object): Promise<KubeObject> {
  return client.request("POST", pathOf(object as Manifest), { body: object });
}

/** Definitions and settings of Tekton Pipelines as the program installs them. */
function grounds(): Manifest[] {
  const kinds = ["Namespace", "CustomResourceDefinition", "ConfigMap"];
  const objects = Tekton.objects({
    images: { ...defaultImages(), shell: "shell:1" },
    highAvailability: false,
    labels: {},
  });
  const ours = ({ metadata }: Manifest) => metadata.namespace === undefined || metadata.namespace === SYSTEM;
  return objects
    .filter((object) => kinds.includes(object.kind) && ours(object))
    .filter(({ metadata }) => !JSON.stringify(metadata).includes("triggers"))
    .map((object) => (object.metadata.name === "config-observability" ? { ...object, data: UNOBSERVED } : object))
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

export interface TektonServer {
  /** Removes what was added to the API server; the processes are the caller's to stop. */
  remove(): Promise<void>;
}

export async function startTekton(
  folder: string,
  kubeconfig: string,
  client: Client,
  processes: Processes,
  report: Reporter,
): Promise<TektonServer> {
  const scheduler = await ensureTool("kube-scheduler", report);
  const commands = await ensureTool("tekton-pipelines", report);
  await ensureManifests(report);
  const objects = grounds();
  for (const object of objects) await make(client, object);
  const definitions = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
  const served = ({ metadata }: Manifest) =>
    client.request<KubeObject>("GET", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`);
  await until("Tekton's kinds are served", async () => {
    const found = await Promise.all(definitions.map(served));
    return found.every(({ status }) =>
      status?.conditions?.some(
        (one: { type: string; status: string }) => one.type === "Established" && one.status === "True",
      ),
    );
  });

  const own = join(folder, "scheduler.json");
  const profile = { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" };
  writeFileSync(
    own,
    JSON.stringify({ ...profile, clientConnection: { kubeconfig }, leaderElection: { leaderElect: false } }),
  );
  processes.start({ name: "kube-scheduler", command: scheduler, args: ["--config", own, "--secure-port", "0"] });
  // Another run of these tests has it for a minute or two.
  await until(`port ${HEALTH_PORT} is free for Tekton's controller`, () => isFree(HEALTH_PORT), 300);
  const probes = await freePort();
  processes.start({
    name: "tekton",
    command: join(commands, "controller"),
    args: ["-kubeconfig", kubeconfig, "-disable-ha", ...IMAGES.flatMap((flag) => [`-${flag}`, `${flag}:1`])],
    env: { ...CONFIG, SYSTEM_NAMESPACE: SYSTEM, PROBES_PORT: String(probes) },
  });
  await processes.ready("tekton", async () => (await fetch(`http://127.0.0.1:${probes}/readiness`)).ok);
  return {
    async remove() {
      for (const object of objects.reverse()) {
        await client.request("DELETE", `${pathOf(object)}/${object.metadata.name}`).catch(() => undefined);
      }
    },
  };
}

/** Whatever it is told, Tekton's controller listens here too, and ends when it cannot. */
const HEALTH_PORT = 8080;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

/** Asks until the answer is yes; throws with what is waited for when it never is. */
export async function until(what: string, asked: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await asked())) {
    if (Date.now() > deadline) throw new Error(`after ${seconds} s it is still not so that ${what}`);
    await sleep(100);
  }
}

/** A node that is ready and offers what is said; nothing runs on it. */
export async function makeNode(client: Client, name: string, offered: Record<string, string>): Promise<void> {
  await make(client, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
  });
  await offer(client, name, { cpu: "64", memory: "256Gi", pods: "100", ...offered });
  // The taint of a node that is not ready; the controllers take it away by themselves, but seconds later.
  await merge(client, `/api/v1/nodes/${name}`, { spec: { taints: null } });
}

/** What the kubelet says of its node: that it is ready, and what it has. */
export async function offer(client: Client, node: string, allocatable: Record<string, string>): Promise<void> {
  const now = new Date().toISOString();
  const ready = { type: "Ready", status: "True", reason: "Test", lastHeartbeatTime: now, lastTransitionTime: now };
  const status = { capacity: allocatable, allocatable, conditions: [ready] };
  await merge(client, `/api/v1/nodes/${node}/status`, { status });
}

export function merge(client: Client, path: string, body: object): Promise<KubeObject> {
  return client.request("PATCH", path, { body, contentType: "application/merge-patch+json" });
}
