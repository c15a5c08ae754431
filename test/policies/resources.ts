import type { Resource } from "../../policies/readers/resource";
import type { Values } from "../../policies/readers/values";

/** What policies are tried on: what keeps one, and what breaks it with what it then says. */
export interface Cases {
  passes: Record<string, readonly Resource[]>;
  fails: Record<string, { given: readonly Resource[]; says: string }>;
}

interface Options {
  protect?: boolean;
  sources?: Resource["sources"];
}

export function resource(type: string, name: string, props: Values, options: Options = {}): Resource {
  const urn = `urn:pulumi:test::drone-data-lake::${type}::${name}`;
  return { urn, type, name, props, protect: options.protect ?? false, sources: options.sources ?? {} };
}

/** A Kubernetes object in the namespace `data-systems`. */
export function object(apiVersion: string, kind: string, name: string, rest: Values, options?: Options): Resource {
  const group = apiVersion === "v1" ? "core/v1" : apiVersion;
  const metadata = { name, namespace: "data-systems" };
  return resource(`kubernetes:${group}:${kind}`, name, { apiVersion, kind, metadata, ...rest }, options);
}

/** A resource with some of its properties changed, by dotted path; undefined takes one away. */
export function changed(from: Resource, changes: Record<string, unknown>): Resource {
  const props = structuredClone(from.props) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    const parent = keys.reduce<Record<string, unknown>>((at, key) => {
      at[key] ??= {};
      return at[key] as Record<string, unknown>;
    }, props);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return { ...from, props };
}

/** The same fault in the same resource, by several changes of it. */
export function failing(from: Resource, faults: Record<string, [changes: Record<string, unknown>, says: string]>) {
  return Object.fromEntries(
    Object.entries(faults).map(([title, [changes, says]]) => [title, { given: [changed(from, changes)], says }]),
  );
}

const image = `registry.example.org/drone-data-lake/server@sha256:${"a".repeat(64)}`;
const probe = { httpGet: { path: "/health", port: 9000 } };
export const confined = {
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
};
export const sized = { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } };

/** A container that keeps every policy. */
export const container = {
  name: "server",
  image,
  resources: sized,
  readinessProbe: probe,
  livenessProbe: probe,
  securityContext: confined,
};

const pod = {
  metadata: { labels: { app: "server" } },
  spec: { serviceAccountName: "server", securityContext: {}, containers: [container] },
};

/** Workloads of each kind that keep every policy. */
export const deployment = object("apps/v1", "Deployment", "server", { spec: { replicas: 1, template: pod } });
export const job = object("batch/v1", "Job", "once", { spec: { template: pod } });
export const cronJob = object("batch/v1", "CronJob", "often", { spec: { jobTemplate: { spec: { template: pod } } } });
export const bare = object("v1", "Pod", "bare", { spec: pod.spec });
export const task = object("tekton.dev/v1", "Task", "detect", {
  spec: {
    steps: [{ name: "detect", image, command: ["dronelake"], computeResources: sized, securityContext: confined }],
    sidecars: [{ name: "cache", image, computeResources: sized, securityContext: confined }],
  },
});
export const pipeline = object("tekton.dev/v1", "Pipeline", "detection", {
  spec: {
    tasks: [{ name: "look", taskRef: { name: "detect", kind: "Task" }, retries: 1, timeout: "60m0s" }],
    finally: [{ name: "tell", taskRef: { name: "tell", kind: "Task" }, retries: 0, timeout: "5m0s" }],
  },
});
export const trigger = object("triggers.tekton.dev/v1beta1", "TriggerTemplate", "detection", {
  spec: {
    resourcetemplates: [
      {
        kind: "PipelineRun",
        spec: {
          pipelineRef: { name: "detection" },
          timeouts: { pipeline: "65m0s" },
          taskRunTemplate: { serviceAccountName: "pipeline-run", podTemplate: { securityContext: confined } },
        },
      },
    ],
  },
});

/** Where a container lies in each of them. */
export const CONTAINER = "spec.template.spec.containers.0";
export const RUN = "spec.resourcetemplates.0.spec";

/** The MinIO chart as its own documentation begins with it. */
export function chart(values: Values): Resource {
  return resource("kubernetes:helm.sh/v3:Release", "minio", { chart: "minio", values });
}
