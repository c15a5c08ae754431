import type { Kubectl } from "./cluster/kubectl";
import { describePod, lastLineOf, type Pod } from "./diagnose";
import { SandboxError } from "./errors";
import { checkInterrupt, Interrupted } from "./process";
import type { Step } from "./progress";

export const RUNS_NAMESPACE = "drone-pipelines";
const POLL_MS = 1500;
/** How long an event may take to become a run before something is wrong with it; the reconciler makes up for a lost one within minutes. */
const APPEAR_MS = 300_000;
const LISTENER_LINES = 15;

interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

/** The parts of a Tekton PipelineRun or TaskRun that the sandbox reads. */
export interface Run {
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly podName?: string;
    readonly steps?: readonly {
      readonly name: string;
      readonly running?: object;
      readonly terminated?: { readonly exitCode: number };
    }[];
    readonly results?: readonly { readonly name: string; readonly value: unknown }[];
    readonly startTime?: string;
    readonly completionTime?: string;
  };
}

/** Tekton's runs on one cluster. */
export class Runs {
  constructor(
    private readonly kubectl: Kubectl,
    private readonly appearMs = APPEAR_MS,
  ) {}

  /** Waits until a PipelineRun has succeeded and returns its tasks; throws with the failed step, its pod and the end of its log. */
  async waitFor(name: string, step: Step): Promise<Run[]> {
    const appearBy = Date.now() + this.appearMs;
    for (;;) {
      checkInterrupt();
      const run = await this.get(name);
      if (!run) {
        if (Date.now() > appearBy) throw await this.absence(name);
        step.note("waiting for the event");
      } else {
        const outcome = succeeded(run);
        const tasks = await this.taskRuns(name);
        if (outcome?.status === "True") return tasks;
        if (outcome?.status === "False") throw await this.failure(run, outcome, tasks);
        step.note(progress(tasks) || outcome?.message || "starting");
      }
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }

  private async absence(name: string): Promise<SandboxError> {
    const logs = ["-n", RUNS_NAMESPACE, "logs", "deployment/el-lake"];
    const end = await this.kubectl.run([...logs, `--tail=${LISTENER_LINES}`]).then(
      (text) => text.trimEnd().split("\n"),
      (error: unknown) => [`(cannot be read: ${lastLineOf(error)})`],
    );
    return new SandboxError(
      [
        `PipelineRun ${name} did not appear within ${this.appearMs / 1000} s of the upload: the event was not delivered, or refused.`,
        "The end of the EventListener's log:",
        ...end.map((line) => `  | ${line}`),
        `All of it: ${this.kubectl.command} --kubeconfig ${this.kubectl.kubeconfig} ${logs.join(" ")}`,
      ].join("\n"),
    );
  }

  private get(name: string): Promise<Run | undefined> {
    return this.kubectl.find<Run>(`/apis/tekton.dev/v1/namespaces/${RUNS_NAMESPACE}/pipelineruns/${name}`);
  }

  private async taskRuns(pipelineRun: string): Promise<Run[]> {
    const query = `labelSelector=${encodeURIComponent(`tekton.dev/pipelineRun=${pipelineRun}`)}`;
    const path = `/apis/tekton.dev/v1/namespaces/${RUNS_NAMESPACE}/taskruns?${query}`;
    return (await this.kubectl.find<{ items: Run[] }>(path))?.items ?? [];
  }

  private async failure(run: Run, outcome: Condition, tasks: readonly Run[]): Promise<SandboxError> {
    const lines = [`PipelineRun ${run.metadata.name} failed: ${outcome.reason}: ${outcome.message}`];
    for (const task of tasks) {
      const state = succeeded(task);
      if (state?.status !== "False") continue;
      lines.push(`task ${taskName(task)}: ${state.reason}: ${state.message}`);
      if (task.status?.podName) lines.push(...(await this.podLines(task.status.podName)));
    }
    const remove = `${this.kubectl.command} --kubeconfig ${this.kubectl.kubeconfig} -n ${RUNS_NAMESPACE} delete pipelinerun`;
    lines.push(
      "A failed run is not made again by itself. When its cause is mended, delete it, and the reconciler makes it anew within minutes:",
      `  ${remove} ${run.metadata.name}`,
    );
    return new SandboxError(lines.join("\n"));
  }

  /** That a pod cannot be asked about must not hide why its run failed. */
  private async podLines(name: string): Promise<string[]> {
    const shown = `pod ${RUNS_NAMESPACE}/${name}`;
    try {
      const pod = await this.kubectl.find<Pod>(`/api/v1/namespaces/${RUNS_NAMESPACE}/pods/${name}`);
      return pod ? await describePod(this.kubectl, pod) : [`${shown} is gone`];
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      return [`${shown} cannot be asked about: ${lastLineOf(error)}`];
    }
  }
}

/** A result that one of a run's tasks gave. */
export function resultOf(tasks: readonly Run[], name: string): string {
  for (const { status } of tasks) {
    const value = status?.results?.find((candidate) => candidate.name === name)?.value;
    if (typeof value === "string") return value;
  }
  throw new SandboxError(`no task of the run gave the result "${name}"`);
}

function succeeded(run: Run): Condition | undefined {
  return run.status?.conditions?.find(({ type }) => type === "Succeeded");
}

function taskName(run: Run): string {
  return run.metadata.labels?.["tekton.dev/pipelineTask"] ?? run.metadata.name;
}

/** `plan done, stitch-small: stitch`: the tasks in the order in which they began, with the step that runs. */
export function progress(tasks: readonly Run[]): string {
  return [...tasks]
    .sort((a, b) => (a.status?.startTime ?? "~").localeCompare(b.status?.startTime ?? "~"))
    .map((task) => {
      const state = succeeded(task)?.status;
      if (state === "True") return `${taskName(task)} done`;
      if (state === "False") return `${taskName(task)} failed`;
      const running = task.status?.steps?.find((step) => step.running);
      return running ? `${taskName(task)}: ${running.name}` : `${taskName(task)} waits`;
    })
    .join(", ");
}
