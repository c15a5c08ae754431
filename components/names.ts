/** Names that several components and the people of the lake share. */
export const namespaces = {
  data: "data-systems",
  pipelines: "drone-pipelines",
  tekton: "tekton-pipelines",
  /** What must reach into the nodes with GPUs, apart from everything that is restricted. */
  gpu: "gpu-system",
} as const;

export const objectStore = { name: "data-lake", port: 9000 } as const;

export const database = { service: "postgis", port: 5432, name: "lake", owner: "lake_owner" } as const;

/** Tekton names an EventListener's Deployment and Service `el-<name>`. */
export const eventListener = { name: "lake", service: "el-lake", port: 8080 } as const;

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

/** URL of the EventListener inside the cluster. */
export const eventListenerUrl = `http://${serviceHost(eventListener.service, namespaces.pipelines)}:${eventListener.port}`;

/** Label that says which part of the lake a pod is; Services, budgets and network policies select by it. */
export const appLabel = "app.kubernetes.io/name";

/**
 * Label of every pod that answers as the database, a pooler's too. Network policies select by it, because CloudNativePG
 * says `app.kubernetes.io/name: postgresql` itself.
 */
export const databaseLabel = { "drone-lake/server": "database" } as const;
