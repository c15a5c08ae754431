/** What keeps a pod from being ready, in words. */
import type { KubeObject } from "../objects";

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { exitCode: number; reason?: string; message?: string };
  };
  lastState?: { terminated?: { exitCode: number; reason?: string; message?: string } };
}

export function condition(object: KubeObject, type: string): Condition | undefined {
  return (object.status?.conditions as Condition[] | undefined)?.find((item) => item.type === type);
}

export function isPodReady(pod: KubeObject): boolean {
  return pod.status?.phase === "Succeeded" || condition(pod, "Ready")?.status === "True";
}

/** Reasons of a waiting container that are part of every start. */
const STARTING = new Set(["ContainerCreating", "PodInitializing"]);

function statuses(pod: KubeObject): ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join(": ");
}

function containerProblem({ name, state, lastState }: ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const failed =
    ended && ended.exitCode !== 0
      ? join(`exit code ${ended.exitCode}`, ended.reason, ended.message?.trim())
      : undefined;
  const waiting = state?.waiting;
  if (waiting?.reason && !STARTING.has(waiting.reason)) {
    return `container ${name}: ${join(waiting.reason, failed ?? waiting.message)}`;
  }
  return state?.terminated && failed ? `container ${name}: ${failed}` : undefined;
}

/** One line for each thing that is wrong with the pod; empty for a pod that is ready or merely starting. */
export function podProblems(pod: KubeObject): string[] {
  if (isPodReady(pod)) return [];
  const problems = statuses(pod).flatMap((status) => containerProblem(status) ?? []);
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status === "False") problems.push(join(scheduled.reason, scheduled.message));
  if (problems.length === 0 && pod.status?.phase === "Failed")
    problems.push(join("failed", pod.status.reason, pod.status.message));
  return problems.map((problem) => `pod ${pod.metadata.name}: ${problem}`);
}

/** Containers whose log tells why they failed, with whether that is the log of the run before. */
export function failedContainers(pod: KubeObject): { name: string; previous: boolean }[] {
  const failed = (ended?: { exitCode: number }) => ended !== undefined && ended.exitCode !== 0;
  return statuses(pod)
    .filter(({ state, lastState }) => failed(state?.terminated) || failed(lastState?.terminated))
    .map(({ name, state }) => ({ name, previous: !state?.terminated }));
}
