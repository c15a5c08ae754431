import { eventListener } from "../components/names";
import { serverSecretName } from "../components/server-certificate";
import { EVENT_SECRET, LISTENER_ACCOUNT, LISTENER_CERTIFICATE, type PipelineContext } from "./context";
import { eventParams, type PipelineName, pipelineNames } from "./pipelines";
import { pipelineRun } from "./runs";
import type { EnvVar, EventListener, Trigger, TriggerBinding, TriggerTemplate } from "./tekton-types";

const OBJECT = "body.Records[0].s3.object";

/** The object whose creation starts a pipeline; the pattern is of its URL-encoded key. */
const STARTS: Record<PipelineName, { bucket: string; key: string }> = {
  orthophoto: { bucket: "drone-raw", key: "^projects%2F[A-Za-z0-9_.~%+-]+%2Fflight[.]json$" },
  detection: { bucket: "drone-ortho", key: "^[A-Za-z0-9_.~%+-]+-merged[.]geotiff$" },
};

/** The CEL expression that an event must meet; the secret comes first, so that nothing else of a stranger's is read. */
export function filter(name: PipelineName): string {
  const { bucket, key } = STARTS[name];
  return [
    `header.canonical('Authorization').compareSecret('${EVENT_SECRET.key}', '${EVENT_SECRET.name}')`,
    "body.EventName.startsWith('s3:ObjectCreated:')",
    `body.Records[0].s3.bucket.name == '${bucket}'`,
    `${OBJECT}.key.matches('${key}')`,
    `${OBJECT}.versionId.matches('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`,
  ].join(" && ");
}

function binding(context: PipelineContext, name: PipelineName): TriggerBinding {
  const [key, version] = eventParams[name];
  return {
    apiVersion: "triggers.tekton.dev/v1beta1",
    kind: "TriggerBinding",
    metadata: { name, namespace: context.namespace },
    spec: {
      params: [
        { name: key, value: `$(${OBJECT}.key)` },
        { name: version, value: `$(${OBJECT}.versionId)` },
      ],
    },
  };
}

function template(context: PipelineContext, name: PipelineName): TriggerTemplate {
  const params = eventParams[name];
  const values = Object.fromEntries(params.map((param) => [param, `$(tt.params.${param})`]));
  return {
    apiVersion: "triggers.tekton.dev/v1beta1",
    kind: "TriggerTemplate",
    metadata: { name, namespace: context.namespace },
    spec: {
      params: params.map((param) => ({ name: param, description: `${param} of the run` })),
      resourcetemplates: [pipelineRun(context, name, values)],
    },
  };
}

function trigger(name: PipelineName): Trigger {
  return {
    name,
    interceptors: [
      { ref: { name: "cel", kind: "ClusterInterceptor" }, params: [{ name: "filter", value: filter(name) }] },
    ],
    bindings: [{ ref: name }],
    template: { ref: name },
  };
}

/** What turns a bucket event into a run. */
export function triggers(context: PipelineContext): (TriggerBinding | TriggerTemplate)[] {
  return pipelineNames.flatMap((name) => [binding(context, name), template(context, name)]);
}

function listenerFile(name: string, key: string): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: serverSecretName(LISTENER_CERTIFICATE), key } } };
}

/** The server that MinIO posts bucket events to. */
export function listener(context: PipelineContext): EventListener {
  return {
    apiVersion: "triggers.tekton.dev/v1beta1",
    kind: "EventListener",
    metadata: { name: eventListener.name, namespace: context.namespace },
    spec: {
      serviceAccountName: LISTENER_ACCOUNT,
      triggers: pipelineNames.map(trigger),
      resources: {
        kubernetesResource: {
          spec: {
            template: {
              spec: {
                containers: [
                  {
                    // With these two, the files of the Secret, it serves TLS.
                    env: [listenerFile("TLS_CERT", "tls.crt"), listenerFile("TLS_KEY", "tls.key")],
                    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
                  },
                ],
              },
            },
          },
        },
      },
    },
  };
}
