import { caMount } from "../components/ca-volume";
import { appLabel } from "../components/names";
import { restrictedContainer, restrictedPod } from "../components/security";
import { type PipelineContext, RECONCILER_ACCOUNT, TASK_UID } from "./context";
import { databaseEnv, lakeCa, plainEnv, SMALL, s3Env } from "./steps";
import { sizeClasses } from "./stitch";

/** Name of the reconciler's pods, as network policies select them. */
export const RECONCILER = "reconciler";

/** The job that starts what an event missed, closes flights that have gone quiet, and removes old runs. */
export function reconciler(context: PipelineContext) {
  const { config, namespace } = context;
  const labels = { [appLabel]: RECONCILER };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: RECONCILER, namespace, labels },
    spec: {
      schedule: config.reconcile.schedule,
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 2,
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 60 * config.reconcile.timeoutMinutes,
          template: {
            metadata: { labels },
            spec: {
              restartPolicy: "Never",
              serviceAccountName: RECONCILER_ACCOUNT,
              enableServiceLinks: false,
              securityContext: restrictedPod(TASK_UID),
              containers: [
                {
                  name: "reconcile",
                  image: context.images.tasks,
                  imagePullPolicy: "IfNotPresent",
                  command: ["dronelake", "reconcile"],
                  env: [
                    ...s3Env(context, "pipeline-reconcile"),
                    ...databaseEnv(context, "catalog"),
                    ...plainEnv({
                      CODE_VERSION: context.codeVersion,
                      PIPELINES_NAMESPACE: namespace,
                      QUIET_MINUTES: String(config.reconcile.quietMinutes),
                      KEEP_RUNS_DAYS: String(config.reconcile.keepRunsDays),
                      SIZE_CLASSES: sizeClasses(context),
                      HOME: "/tmp",
                    }),
                  ],
                  resources: SMALL,
                  securityContext: restrictedContainer(),
                  volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, caMount],
                },
              ],
              volumes: [{ name: "tmp", emptyDir: {} }, lakeCa],
            },
          },
        },
      },
    },
  };
}

/** What the reconciler may do with the cluster: see which runs there are and why one failed, make one, remove it. */
export const reconcilerRules = [
  { apiGroups: ["tekton.dev"], resources: ["taskruns"], verbs: ["get"] },
  { apiGroups: ["tekton.dev"], resources: ["pipelineruns"], verbs: ["get", "list", "create", "delete"] },
  {
    apiGroups: ["triggers.tekton.dev"],
    resources: ["triggertemplates"],
    resourceNames: ["orthophoto", "detection"],
    verbs: ["get"],
  },
];
