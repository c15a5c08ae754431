import { appLabel } from "../components/names";
import { restrictedContainer, restrictedPod } from "../components/security";
import { gpuQuota } from "../config/gpus";
import { type PipelineContext, QUEUE_ACCOUNT, TASK_UID } from "./context";
import { plainEnv } from "./steps";
import type { ComputeResources } from "./tekton-types";

/** Name of the queue's Deployment and pods, as network policies select them. */
export const QUEUE = "gpu-queue";

/** `dronelake queue` touches this file at every look; it looks at least once a minute. */
const LOOKED = "/tmp/looked";

const resources: ComputeResources = {
  requests: { cpu: "10m", memory: "128Mi" },
  limits: { memory: "256Mi" },
};

/**
 * What lets pending detections go, the oldest first, while there are GPUs for them. It watches the runs: a job by the
 * clock would leave a dear GPU idle for minutes after each detection.
 */
export function gpuQueue(context: PipelineContext) {
  const { namespace, images, gpu } = context;
  const labels = { [appLabel]: QUEUE };
  return {
    metadata: { name: QUEUE, namespace, labels },
    spec: {
      replicas: 1,
      // Two at a time could each count the same GPU as free.
      strategy: { type: "Recreate" },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: QUEUE_ACCOUNT,
          enableServiceLinks: false,
          securityContext: restrictedPod(TASK_UID),
          containers: [
            {
              name: "queue",
              image: images.tasks,
              imagePullPolicy: "IfNotPresent",
              command: ["dronelake", "queue"],
              env: plainEnv({
                PIPELINES_NAMESPACE: namespace,
                GPU_QUOTA: String(gpuQuota(gpu)),
                LOOKED_FILE: LOOKED,
                HOME: "/tmp",
              }),
              resources,
              readinessProbe: { exec: { command: ["test", "-e", LOOKED] }, periodSeconds: 5 },
              livenessProbe: {
                exec: { command: ["sh", "-c", `test -n "$(find ${LOOKED} -mmin -5)"`] },
                initialDelaySeconds: 60,
                periodSeconds: 60,
                timeoutSeconds: 5,
              },
              securityContext: restrictedContainer(),
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
            },
          ],
          volumes: [{ name: "tmp", emptyDir: {} }],
        },
      },
    },
  };
}

/** What the queue may do with the cluster: see the runs, and change one. */
export const queueRules = [
  { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["get", "list", "watch", "patch"] },
];
