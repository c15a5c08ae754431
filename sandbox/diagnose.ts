import type { Kubectl } from "./cluster/kubectl";

const LOG_LINES = 15;
const PODS_SHOWN = 5;

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string };
  };
}

/** The parts of a pod that tell how it is. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** What goes wrong in a cluster's pods, in lines for a person: the state of each, its last events and the end of its log. */
export async function podTroubles(kubectl: Kubectl): Promise<string[]> {
  try {
    const { items } = await kubectl.json<{ items: Pod[] }>(["get", "--raw=/api/v1/pods"]);
    const troubled = items.filter((pod) => trouble(pod) !== undefined);
    const lines = await Promise.all(troubled.slice(0, PODS_SHOWN).map((pod) => describePod(kubectl, pod)));
    const more = troubled.length > PODS_SHOWN ? [`and ${troubled.length - PODS_SHOWN} more pods`] : [];
    return [...lines.flat(), ...more];
  } catch (error) {
    return [`the pods cannot be asked about: ${lastLineOf(error)}`];
  }
}

/** The end of what a failed command said. */
export function lastLineOf(error: unknown): string {
  return ((error as Error).message.split("\n").at(-1) as string).replace(/^ *\| /, "");
}

/** The troubles of one pod, and the end of the log of the container that has them. */
export async function describePod(kubectl: Kubectl, pod: Pod): Promise<string[]> {
  const { name, namespace } = pod.metadata;
  const lines = [`pod ${namespace}/${name}: ${trouble(pod) ?? pod.status?.phase}`];
  lines.push(...(await warnings(kubectl, namespace, name)));
  for (const status of statuses(pod)) {
    if (!containerTrouble(status) && status.ready) continue;
    const log = await lastLog(kubectl, namespace, name, status);
    if (log.length > 0)
      lines.push(`  container ${status.name}, end of its log:`, ...log.map((line) => `    | ${line}`));
  }
  return lines;
}

/** A pod's last warnings; that they cannot be read must not hide what they are asked for. */
async function warnings(kubectl: Kubectl, namespace: string, name: string): Promise<string[]> {
  try {
    const { items } = await kubectl.json<{ items: { reason: string; message: string }[] }>([
      ...["get", "events", "-n", namespace, "-o", "json"],
      `--field-selector=involvedObject.name=${name},type=Warning`,
    ]);
    return items.slice(-3).map((event) => `  event ${event.reason}: ${event.message}`);
  } catch (error) {
    return [`  its events cannot be read: ${lastLineOf(error)}`];
  }
}

async function lastLog(kubectl: Kubectl, namespace: string, name: string, status: ContainerStatus): Promise<string[]> {
  // A container that waits to be started again has its last words in the run before.
  const previous = status.state?.waiting !== undefined && status.restartCount > 0;
  try {
    const args = ["logs", name, "-n", namespace, "-c", status.name, `--tail=${LOG_LINES}`, `--previous=${previous}`];
    return (await kubectl.run(args)).trimEnd().split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

function statuses(pod: Pod): ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

/** Why a pod is not well; undefined when it is, or has done its work. */
export function trouble(pod: Pod): string | undefined {
  const { phase, conditions } = pod.status ?? {};
  if (phase === "Succeeded") return undefined;
  for (const status of statuses(pod)) {
    const what = containerTrouble(status);
    if (what) return `container ${status.name}: ${what}`;
  }
  const failing = conditions?.find(
    ({ status, type }) => status === "False" && (type === "PodScheduled" || type === "Ready"),
  );
  if (failing) return `${failing.reason ?? failing.type}: ${failing.message ?? phase}`;
  return phase === "Failed" ? "failed" : undefined;
}

function containerTrouble(status: ContainerStatus): string | undefined {
  const { waiting, terminated } = status.state ?? {};
  if (terminated && terminated.exitCode !== 0) {
    return `ended with exit code ${terminated.exitCode}${terminated.reason ? ` (${terminated.reason})` : ""}`;
  }
  if (waiting?.reason && waiting.reason !== "PodInitializing" && waiting.reason !== "ContainerCreating") {
    return [waiting.reason, waiting.message].filter(Boolean).join(": ");
  }
  return undefined;
}
