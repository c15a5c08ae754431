/** Names that several components and the people of the lake share. */
export const namespaces = {
  data: "data-systems",
  pipelines: "drone-pipelines",
  tekton: "tekton-pipelines",
  certManager: "cert-manager",
  /** What must reach into the nodes with GPUs, apart from everything that is restricted. */
  gpu: "gpu-system",
} as const;

export const objectStore = { name: "data-lake", port: 9000, rootSecret: "data-lake-root" } as const;

export const database = { service: "postgis", port: 5432, name: "lake", owner: "lake_owner" } as const;

/** The catalogue service: its Service, Deployment and database role belong together. */
export const catalogue = { service: "catalogue", port: 8443, role: "catalogue_reader" } as const;

/** The MCP server: its Service and Deployment, and the identity that it reads objects as. */
export const mcp = { service: "mcp", port: 8443, identity: "assistant" } as const;

/** Tekton names an EventListener's Deployment and Service `el-<name>`; with a certificate the Service answers at 8443. */
export const eventListener = { name: "lake", service: "el-lake", port: 8443, podPort: 8080 } as const;

/** The id of MinIO's webhook target; it is part of environment variables and of the ARN. */
export const webhookTarget = "TEKTON";

/** ARN under which a bucket names the webhook target. */
export const webhookArn = `arn:minio:sqs::${webhookTarget}:webhook`;

export const bucketNames = ["drone-raw", "drone-ortho", "ai-models", "ai-results"] as const;
export type BucketName = (typeof bucketNames)[number];

/** Name of a Service as every pod of the cluster resolves it. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** Every name by which pods may call a Service. */
export function serviceNames(service: string, namespace: string): string[] {
  return [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, serviceHost(service, namespace)];
}

/** URL of the EventListener inside the cluster. */
export const eventListenerUrl = `https://${serviceHost(eventListener.service, namespaces.pipelines)}:${eventListener.port}`;

/** Label that says which part of the lake a pod is; Services, budgets and network policies select by it. */
export const appLabel = "app.kubernetes.io/name";

/** Labels of the Service that stands for each pod of a server on its own. */
export function peersOf(server: string): Record<string, string> {
  return { [appLabel]: server, "app.kubernetes.io/component": "peers" };
}

/**
 * Label of every pod that answers as the database, a pooler's too. Network policies select by it, because CloudNativePG
 * says `app.kubernetes.io/name: postgresql` itself.
 */
export const databaseLabel = { "drone-lake/server": "database" } as const;
