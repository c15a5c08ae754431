import { CA_FILE, caMount, caVolume, checkedConnection } from "../components/ca-volume";
import { databaseSecretName, s3SecretName } from "../components/credentials-secret";
import { restrictedContainer } from "../components/security";
import { serverSecretName } from "../components/server-certificate";
import { LISTENER_CERTIFICATE, type PipelineContext } from "./context";
import { GPU_RESOURCE } from "./gpu";
import type { ComputeResources, EnvVar, Step, Task } from "./tekton-types";

/** Where a step's work volume is mounted. */
export const WORK_DIR = "/work";
const RESULTS_DIR = "/tekton/results";

/** What a pod gets: CPU may burst over its request, memory may not. */
export function compute(size: { cpu: number; memory: string; gpus?: number }): ComputeResources {
  const gpus: Record<string, string> = size.gpus ? { [GPU_RESOURCE]: String(size.gpus) } : {};
  return {
    requests: { cpu: String(size.cpu), memory: size.memory, ...gpus },
    limits: { memory: size.memory, ...gpus },
  };
}

/** What planning, cataloguing and reconciling need: they read and write metadata only. */
export const SMALL: ComputeResources = { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "1Gi" } };

/** S3 endpoint and the keys of one identity. */
export function s3Env(context: PipelineContext, identity: string): EnvVar[] {
  const key = (name: string, key: string): EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: s3SecretName(identity), key } },
  });
  return [
    { name: "AWS_ENDPOINT_URL_S3", value: context.objectStoreUrl },
    { name: "AWS_REGION", value: "us-east-1" },
    { name: "AWS_CA_BUNDLE", value: CA_FILE },
    // The same for GDAL, which reads objects by presigned URLs: rasterio sets the other names of this option itself.
    { name: "GDAL_CURL_CA_BUNDLE", value: CA_FILE },
    key("AWS_ACCESS_KEY_ID", "accessKey"),
    key("AWS_SECRET_ACCESS_KEY", "secretKey"),
  ];
}

/** The database and the password of one role. */
export function databaseEnv({ database }: PipelineContext, role: string): EnvVar[] {
  const secret = databaseSecretName(role);
  return [
    { name: "PGHOST", value: database.host },
    { name: "PGPORT", value: String(database.port) },
    { name: "PGDATABASE", value: database.name },
    ...checkedConnection,
    { name: "PGUSER", valueFrom: { secretKeyRef: { name: secret, key: "user" } } },
    { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: secret, key: "password" } } },
  ];
}

/** Whether a step of a task is given the database. */
export function asksDatabase({ spec }: Task): boolean {
  return spec.steps.some(({ env }) => env?.some(({ name }) => name === "PGHOST"));
}

/** Plain values; what is undefined is left out. */
export function plainEnv(values: Record<string, string | undefined>): EnvVar[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

/** A step that runs one `dronelake` command; what differs from run to run reaches it as environment alone. */
export function dronelakeStep(
  context: PipelineContext,
  step: { name: string; command: string[]; env: EnvVar[]; resources: ComputeResources; image?: string },
): Step {
  const image = step.image ?? context.images.tasks;
  return {
    name: step.name,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["dronelake", ...step.command],
    env: [
      ...step.env,
      ...plainEnv({
        CODE_VERSION: context.codeVersion,
        RUN_NAME: "$(params.run-name)",
        STEP_IMAGE: image,
        WORK_DIR,
        RESULTS_DIR,
        // The image's file system is read-only; caches and temporary files go to the work volume.
        HOME: WORK_DIR,
        TMPDIR: WORK_DIR,
        XDG_CACHE_HOME: `${WORK_DIR}/.cache`,
        NUMBA_CACHE_DIR: `${WORK_DIR}/.cache/numba`,
      }),
    ],
    computeResources: step.resources,
    securityContext: restrictedContainer(),
    volumeMounts: [{ name: "work", mountPath: WORK_DIR }, caMount],
  };
}

/** The CA of the lake's servers, for pods of the pipelines' namespace. */
export const lakeCa = caVolume(serverSecretName(LISTENER_CERTIFICATE));

/** A Task with a work volume of its own. Tekton hands annotations on to its pods. */
export function task(
  context: PipelineContext,
  name: string,
  spec: Omit<Task["spec"], "volumes"> & { scratch: string; annotations?: Record<string, string> },
): Task {
  const { scratch, annotations = {}, ...rest } = spec;
  return {
    apiVersion: "tekton.dev/v1",
    kind: "Task",
    metadata: {
      name,
      namespace: context.namespace,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: { ...rest, volumes: [{ name: "work", emptyDir: { sizeLimit: scratch } }, lakeCa] },
  };
}
