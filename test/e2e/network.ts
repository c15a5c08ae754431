import { afterAll, beforeAll, expect, it } from "vitest";
import { restrictedContainer, restrictedPod } from "../../components/security";
import type { ExecError } from "../../sandbox/process";
import { instance, kubectl } from "./context";

/** Pods as a step, or a stranger, would be one; none is of the lake. */
const CALLERS = {
  /** Of the object store's and the database's namespace, and of nothing in it. */
  stray: { namespace: "data-systems", labels: {} },
  /** Of another namespace, with the labels of a step that may ask for everything. */
  foreign: { namespace: "default", labels: step("detect") },
  idle: { namespace: "drone-pipelines", labels: {} },
  stitch: { namespace: "drone-pipelines", labels: step("stitch-small") },
  detect: { namespace: "drone-pipelines", labels: step("detect") },
} as const;
type Caller = keyof typeof CALLERS;
const callers = Object.keys(CALLERS) as Caller[];

function step(task: string): Record<string, string> {
  return { "app.kubernetes.io/managed-by": "tekton-pipelines", "tekton.dev/task": task };
}

const DATABASE = "postgis.data-systems.svc.cluster.local:5432";
const STORE = "data-lake.data-systems.svc.cluster.local:9000";
const LISTENER = "el-lake.drone-pipelines.svc.cluster.local:8443";

/** Says what comes of a TCP connection to each `host:port`. */
const DIAL = `
import socket, sys
for target in sys.argv[1:]:
    host, port = target.rsplit(":", 1)
    try:
        address = socket.getaddrinfo(host, int(port), socket.AF_INET)[0][4]
        socket.create_connection(address, timeout=4).close()
        print("connected")
    except socket.gaierror:
        print("no such name")
    except OSError:
        print("denied")
`;

async function dial(caller: Caller, ...targets: string[]): Promise<string[]> {
  const { namespace } = CALLERS[caller];
  const said = await kubectl("-n", namespace, "exec", `caller-${caller}`, "--", "python3", "-c", DIAL, ...targets);
  return said.trimEnd().split("\n");
}

async function make(caller: Caller, image: string): Promise<void> {
  const { namespace, labels } = CALLERS[caller];
  const container = {
    ...{ name: "main", image, imagePullPolicy: "IfNotPresent", command: ["sleep", "3600"] },
    ...{ securityContext: restrictedContainer(), resources: { limits: { memory: "64Mi" } } },
  };
  const spec = {
    ...{ terminationGracePeriodSeconds: 0, automountServiceAccountToken: false },
    containers: [container],
  };
  const overrides = JSON.stringify({ metadata: { labels }, spec: { ...spec, securityContext: restrictedPod(1000) } });
  const run = ["run", `caller-${caller}`, `--image=${image}`, "--restart=Never", `--overrides=${overrides}`];
  await kubectl("-n", namespace, ...run);
  await kubectl("-n", namespace, "wait", `pod/caller-${caller}`, "--for=condition=Ready", "--timeout=180s");
}

async function remove(caller: Caller): Promise<void> {
  await kubectl("-n", CALLERS[caller].namespace, "delete", "pod", `caller-${caller}`, "--ignore-not-found", "--wait");
}

/** Who reaches what inside the cluster, and which pods it takes. The flight that went through shows what has to be let through. */
export function theNetwork(): void {
  beforeAll(async () => {
    const step = "jsonpath={.spec.steps[0].image}";
    const image = await kubectl("-n", "drone-pipelines", "get", "task/plan", "-o", step);
    await Promise.all(callers.map((caller) => make(caller, image)));
  });
  afterAll(() => Promise.all(callers.map(remove)));

  it("lets a step reach the object store, and the database where it is given its password", async () => {
    expect(await dial("stitch", STORE, DATABASE)).toEqual(["connected", "denied"]);
    expect(await dial("detect", STORE, DATABASE)).toEqual(["connected", "connected"]);
  });

  it("lets no other pod reach either, of their own namespace or of another", async () => {
    for (const caller of ["stray", "idle", "foreign"] as const) {
      expect(await dial(caller, STORE, DATABASE), caller).toEqual(["denied", "denied"]);
    }
    // Nor by the ports that let in who comes from outside.
    const { nodeAddress } = instance();
    expect(await dial("foreign", `${nodeAddress}:30900`, `${nodeAddress}:30432`)).toEqual(["denied", "denied"]);
  });

  it("lets nobody but the object store reach the EventListener", async () => {
    for (const caller of callers) expect(await dial(caller, LISTENER), caller).toEqual(["denied"]);
    const store = ["-n", "data-systems", "exec", "data-lake-p0-0", "--", "bash", "-c"];
    await kubectl(...store, `exec 3<>/dev/tcp/${LISTENER.replace(":", "/")}`);
  });

  it("lets no pod of the lake out, which one without policies may do", async () => {
    const outside = `${instance().nodeAddress}:6443`;
    expect(await dial("foreign", outside)).toEqual(["connected"]);
    for (const caller of ["stray", "idle", "stitch", "detect"] as const) {
      expect(await dial(caller, outside), caller).toEqual(["denied"]);
    }
  });

  it("takes no pod with rights over the node, nor one that could be root", async () => {
    for (const namespace of ["data-systems", "drone-pipelines"]) {
      const intruder = ["-n", namespace, "run", "intruder", "--image=none:1", "--dry-run=server"];
      for (const more of [[], ["--privileged"], ['--overrides={"spec":{"hostNetwork":true}}']]) {
        const refusal = await kubectl(...intruder, ...more).catch((error: ExecError) => error.stderr);
        expect(refusal).toMatch(/violates PodSecurity "restricted:/);
      }
    }
  });
}
