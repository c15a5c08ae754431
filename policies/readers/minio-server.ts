import { podTemplates } from "./pods";
import { bytesOfQuantity } from "./quantity";
import type { Resource } from "./resource";
import { at, hasUnknown, list, number, text, UNKNOWN } from "./values";

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
  const isMinio = words.some((word) => word && /(^|\/)minio$/.test(word)) || /(^|\/)minio[:@]/.test(image);
  return isMinio && words.includes("server");
}

/**
 * Value of an environment variable, undefined where it is not set. One that comes from a Secret is unknown, and so is one
 * of which the list of variables may still turn out to have it.
 */
export function envValue(container: unknown, name: string): unknown {
  const variables = at(container, "env");
  if (variables === UNKNOWN) return UNKNOWN;
  const found = list(variables).find((item) => at(item, "name") === name);
  if (found === undefined) return list(variables).some((item) => at(item, "name") === UNKNOWN) ? UNKNOWN : undefined;
  return at(found, "valueFrom") === undefined ? at(found, "value") : UNKNOWN;
}

/** What a pool of servers is made of; a part that is not known is undefined. */
export interface Pool {
  readonly nodes: number | undefined;
  /** Drives of an erasure set that may be lost. */
  readonly parity: number | undefined;
  /** Bytes of each drive of a node. */
  readonly drives: readonly number[] | undefined;
}

export function poolOf({ resource, container }: MinioServer): Pool {
  const replicas = at(resource.props, "spec.replicas");
  const parity = envValue(container, "MINIO_STORAGE_CLASS_STANDARD") ?? "EC:0";
  return {
    nodes: replicas === undefined ? 1 : number(replicas),
    parity: parity === UNKNOWN ? undefined : Number(/^EC:(\d+)$/.exec(text(parity) ?? "")?.[1] ?? 0),
    drives: drivesOf(at(resource.props, "spec.volumeClaimTemplates"), at(container, "volumeMounts")),
  };
}

/** Drives are claims that are mounted beside one another under numbers: `/drives/0`, `/export1`. */
function drivesOf(claims: unknown, mounts: unknown): number[] | undefined {
  if (hasUnknown(claims) || hasUnknown(mounts)) return undefined;
  const numbered = list(mounts).filter((mount) => /\d$/.test(text(at(mount, "mountPath")) ?? ""));
  const names = numbered.map((mount) => at(mount, "name"));
  return list(claims)
    .filter((claim) => names.includes(at(claim, "metadata.name")))
    .map((claim) => bytesOfQuantity(text(at(claim, "spec.resources.requests.storage")) ?? "") ?? 0);
}
