import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CA_FILE, caMount, caVolume } from "./ca-volume";
import { jobPod } from "./jobs";

/** The user of the image with `mc`. */
const UID = 1000;

export interface McPod {
  /** The part of the lake that the pod is, as network policies select it. */
  app: string;
  account: pulumi.Input<string>;
  /** Image with `mc`. */
  image: string;
  /** A shell script; the object store is `lake` in it, as root. */
  script: string;
  /** Variables of the script. */
  env: k8s.types.input.core.v1.EnvVar[];
  /** Secret whose key `mc-host` holds the URL with the root credentials. */
  credentials: pulumi.Input<string>;
  /** Secret with the server's certificate. */
  certificate: pulumi.Input<string>;
}

/** The pod of a Job that asks the object store by `mc`. */
export function mcPod(args: McPod): k8s.types.input.core.v1.PodTemplateSpec {
  const { app, account, image, script, env, credentials, certificate } = args;
  return jobPod({
    ...{ app, account, uid: UID },
    container: {
      name: "mc",
      image,
      command: ["sh", "-c", script],
      env: [
        { name: "MC_CONFIG_DIR", value: "/tmp/mc" },
        { name: "MC_HOST_lake", valueFrom: { secretKeyRef: { name: credentials, key: "mc-host" } } },
        ...env,
        { name: "SSL_CERT_FILE", value: CA_FILE },
      ],
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, caMount],
    },
    volumes: [{ name: "tmp", emptyDir: {} }, caVolume(certificate)],
  });
}
