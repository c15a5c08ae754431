import { kindOf } from "./kubernetes";
import type { Resource } from "./resource";
import { at, list, text } from "./values";

/** Values of a Helm release or chart of MinIO, whichever of the usual charts it is. */
export interface MinioChart {
  readonly values: unknown;
  /** `standalone` or `distributed`: text, unknown or missing. */
  readonly mode: unknown;
  readonly rootPassword: unknown;
  readonly buckets: readonly unknown[];
}

/** Helm's values of any chart. */
export function helmValues(resource: Resource): unknown {
  const kind = kindOf(resource);
  return kind === "Release" || kind === "Chart" ? at(resource.props, "values") : undefined;
}

/** The object store that a chart of MinIO makes; undefined for any other resource. */
export function minioChart(resource: Resource): MinioChart | undefined {
  const values = helmValues(resource);
  const chart = text(at(resource.props, "chart"));
  if (values === undefined || !chart || !/(^|\/)minio$/.test(chart)) return undefined;
  return {
    values,
    mode: at(values, "mode"),
    rootPassword: at(values, "rootPassword") ?? at(values, "auth.rootPassword"),
    buckets: [...list(at(values, "buckets")), ...list(at(values, "provisioning.buckets"))],
  };
}
