import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Client } from "../../plugins/kubernetes/client";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import { readSettings } from "../../plugins/kubernetes/settings";
import { logFile } from "../../sandbox/cluster/daemons";
import { policyEnforcer } from "../../sandbox/cluster/policies";
import { ensureNodeTools } from "../../sandbox/cluster/tools";
import { stopNode } from "../../sandbox/down";
import { ConsoleReporter } from "../../sandbox/progress";
import { openTestInstance } from "../sandbox/test-nodes";
import { PodNetwork, relay } from "./pod-network";
import { make, merge, until } from "./tekton-server";

const { kubeconfig, server } = inject("kubernetes");
const client = new Client(connect(readSettings({ kubeconfig }, {})));
const report = new ConsoleReporter({ out: { write: () => undefined } });
const [data, runs] = [`policies-data-${process.pid}`, `policies-runs-${process.pid}`];
const app = (name: string) => ({ app: name });
const SQL = 5432;
const LOCKED = 9999;

/** Where things are in the test's node. What is not in 10.244.0.0/24 is no pod's. */
const at = {
  database: "10.244.0.10",
  client: "10.244.0.11",
  stranger: "10.244.0.12",
  impostor: "10.244.0.13",
  late: "10.244.0.14",
  nobody: "10.244.0.15",
  outside: "192.0.2.10",
} as const;
type Place = keyof typeof at;

let network: PodNetwork;
let root: string;
let passage: Server;
let enforcing: () => boolean;

const pod = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`;

async function makePod(namespace: string, name: string, label: string): Promise<void> {
  const spec = { containers: [{ name: "main", image: "none:1" }] };
  await make(client, { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels: app(label) }, spec });
}

/** What the kubelet says of a pod. */
function tell(namespace: string, name: string, phase: string, ip: string): Promise<unknown> {
  return merge(client, `${pod(namespace, name)}/status`, { status: { phase, podIP: ip, podIPs: [{ ip }] } });
}

function makePolicy(name: string, spec: object): Promise<unknown> {
  return make(client, {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace: data },
    spec,
  });
}

const reaches = (from: Place, to: Place, port = SQL) => network.connects(from, at[to], port);
/** Waits longer than a packet of a new pod is held. */
const reachesInTime = (from: Place, to: Place) => network.connects(from, at[to], SQL, 20);

/** An API server for the enforcer in its node: the tests' own, through the node's link to the machine. */
async function kubeconfigInside(folder: string): Promise<string> {
  passage = await relay(network.instance.hostAddress, Number(new URL(server).port));
  const { port } = passage.address() as AddressInfo;
  const config = JSON.parse(readFileSync(kubeconfig, "utf8"));
  const { cluster } = config.clusters[0];
  cluster.server = `https://${network.instance.hostAddress}:${port}`;
  cluster["tls-server-name"] = "kubernetes";
  const file = join(folder, "kubeconfig");
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

// Namespaces of the whole machine can only be made by root, as which the sandbox runs.
describe.runIf(process.getuid?.() === 0)("network policies on the sandbox's node", () => {
  beforeAll(async () => {
    const cache = process.env.DRONE_LAKE_CACHE;
    const opened = await openTestInstance();
    root = opened.root;
    const own = process.env.DRONE_LAKE_CACHE;
    // Tools come from the cache that all tests share.
    if (cache === undefined) delete process.env.DRONE_LAKE_CACHE;
    else process.env.DRONE_LAKE_CACHE = cache;
    const tools = await ensureNodeTools(opened.instance, report);
    process.env.DRONE_LAKE_CACHE = own;
    network = await PodNetwork.make(opened.instance, tools);
    for (const [place, address] of Object.entries(at)) await network.add(place, address);
    for (const [place, port] of [
      ["database", SQL],
      ["database", LOCKED],
      ["outside", SQL],
    ] as const) {
      await network.listen(port, place);
    }
    await network.listen(SQL);

    for (const name of [data, runs]) {
      await make(client, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    const running = [
      [data, "database"],
      [data, "client"],
      [data, "stranger"],
      [runs, "impostor"],
    ] as const;
    for (const [namespace, name] of running) {
      await makePod(namespace, name, name === "impostor" ? "client" : name);
      await tell(namespace, name, "Running", at[name]);
    }
    await makePolicy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    const ports = [{ protocol: "TCP", port: SQL }];
    const [from, to] = [app("client"), app("database")].map((matchLabels) => [{ podSelector: { matchLabels } }]);
    await makePolicy("database", { podSelector: { matchLabels: app("database") }, ingress: [{ from, ports }] });
    await makePolicy("client", {
      podSelector: { matchLabels: app("client") },
      policyTypes: ["Egress"],
      egress: [{ to, ports }],
    });

    expect(await reaches("stranger", "database")).toBe(true);
    const { name, command } = policyEnforcer(network.instance, await kubeconfigInside(root), tools.policyEnforcer!);
    enforcing = await network.run(name, command);
    await until("policies are enforced", async () => !(await reaches("stranger", "database")));
    await until("policies are known", () => reaches("client", "database"));
  });
  afterAll(async () => {
    await stopNode(network.instance, report);
    passage?.close();
    for (const name of [data, runs]) await client.request("DELETE", `/api/v1/namespaces/${name}`);
    delete process.env.DRONE_LAKE_STATE;
    delete process.env.DRONE_LAKE_CACHE;
    rmSync(root, { recursive: true, force: true });
    client.close();
  });

  test("a pod reaches what both sides' policies let it reach, and nothing else", async () => {
    expect(await reachesInTime("client", "database")).toBe(true);
    expect(await reaches("client", "database", LOCKED)).toBe(false);
    expect(await reaches("client", "outside")).toBe(false);
    expect(await reaches("stranger", "database")).toBe(false);
    // The same label in another namespace is not the same.
    expect(await reaches("impostor", "database")).toBe(false);
    expect(await reaches("outside", "database")).toBe(false);
    // Where no policy selects a pod, it goes where it likes.
    expect(await reaches("impostor", "outside")).toBe(true);
  });

  test("a pod reaches the node by its policies alone, and the node reaches its pods, as probes must", async () => {
    const { nodeAddress } = network.instance;
    expect(await network.connects("impostor", nodeAddress, SQL)).toBe(true);
    expect(await network.connects("client", nodeAddress, SQL)).toBe(false);
    expect(await network.connects(undefined, at.database, LOCKED)).toBe(true);
  });

  test("a pod too new to be known waits to be judged, by what it then is", async () => {
    await makePod(data, "late", "client");
    const outcome = reachesInTime("late", "database");
    await tell(data, "late", "Running", at.late);
    expect(await outcome).toBe(true);
    expect(await reaches("nobody", "outside")).toBe(false);
  });

  test("a pod that takes over the address of one that has ended gets none of its rights", async () => {
    await tell(data, "late", "Succeeded", at.late);
    await makePod(data, "heir", "stranger");
    await tell(data, "heir", "Running", at.late);
    await expect.poll(() => reaches("late", "database"), { timeout: 30_000 }).toBe(false);
  });

  test("a policy counts from when it is made, and until it is deleted", async () => {
    const everyone = { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] };
    await makePolicy("everyone", everyone);
    await expect.poll(() => reaches("stranger", "database"), { timeout: 30_000 }).toBe(true);
    await client.request("DELETE", `/apis/networking.k8s.io/v1/namespaces/${data}/networkpolicies/everyone`);
    await expect.poll(() => reaches("stranger", "database"), { timeout: 30_000 }).toBe(false);
    expect(enforcing()).toBe(true);
  });

  test("what it denied is in its log, with the pods' names", async () => {
    const log = readFileSync(logFile(network.instance, "network-policies"), "utf8");
    expect(log).toContain(`denied: TCP ${at.stranger}:`);
    expect(log).toContain(`, ${data}/stranger to ${data}/database\n`);
  });
});
