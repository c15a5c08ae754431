import { at, list, text } from "./values";

/** A task of a pipeline, as messages name it. */
export interface NamedTask {
  readonly title: string;
  readonly task: unknown;
}

/** The tasks of a pipeline's spec, those that run finally among them. */
export function pipelineTasks(spec: unknown): NamedTask[] {
  return [...list(at(spec, "tasks")), ...list(at(spec, "finally"))].map((task) => ({
    title: `task ${text(at(task, "name")) ?? "?"}`,
    task,
  }));
}
