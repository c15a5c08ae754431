import type { PipelineContext } from "../../pipelines/context";
import { environment } from "../config/values";

/** The sandbox's pipelines, with some of its config changed. */
export function context(changes: Record<string, unknown> = {}, stack = "sandbox"): PipelineContext {
  const { pipelines, gpu } = environment(changes, stack);
  return {
    config: pipelines,
    gpu,
    namespace: "drone-pipelines",
    images: { tasks: "tasks:1", "tasks-gpu": "tasks-gpu:1", odm: "odm:1" },
    codeVersion: "1",
    objectStoreUrl: "https://data-lake:9000",
    database: { host: "postgis", port: 5432, name: "lake" },
  };
}
