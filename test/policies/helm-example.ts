/** The data lake as the usual example with Helm has it: everything that goes wrong is a line of its values. */
import * as k8s from "@pulumi/kubernetes";

export default function helmExample(): void {
  const namespace = new k8s.core.v1.Namespace("data-systems", { metadata: { name: "data-systems" } });
  new k8s.helm.v3.Release("data-lake", {
    chart: "minio",
    namespace: namespace.metadata.name,
    repositoryOpts: { repo: "https://charts.min.io/" },
    values: {
      mode: "standalone",
      rootUser: "admin",
      rootPassword: "minio123",
      persistence: { size: "500Gi" },
      buckets: [
        { name: "drone-raw", policy: "public", purge: false, versioning: true },
        { name: "drone-ortho", policy: "none", purge: false },
        { name: "ai-models", policy: "none", purge: false, versioning: false },
      ],
    },
  });
}
