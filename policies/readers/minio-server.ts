import { podTemplates } from "./pods";
import type { Resource } from "./resource";
import { at, list, text } from "./values";

/** A workload whose pods are MinIO servers. */
export interface MinioServer {
  readonly resource: Resource;
  readonly container: unknown;
  readonly podSpec: unknown;
}

/** The MinIO servers that a resource makes: workloads that run `minio server`. */
export function minioServers(resource: Resource): MinioServer[] {
  return podTemplates(resource).flatMap(({ containers, spec }) =>
    containers
      .filter(({ spec: container }) => runsServer(container))
      .map(({ spec: container }) => ({ resource, container, podSpec: spec })),
  );
}

function runsServer(container: unknown): boolean {
  const words = [...list(at(container, "command")), ...list(at(container, "args"))].map(text);
  const image = text(at(container, "image")) ?? "";
  return (
    words.includes("server") &&
    (words.some((word) => word && /(^|\/)minio$/.test(word)) || /(^|\/)minio[:@]/.test(image))
  );
}

/** Value of an environment variable: text, unknown, or undefined where it is not set or comes from a Secret. */
export function envValue(container: unknown, name: string): unknown {
  const variable = list(at(container, "env")).find((item) => at(item, "name") === name);
  return at(variable, "value");
}
