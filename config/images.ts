import { createHash } from "node:crypto";
import versions from "../versions.json";

/** Commands of Tekton that run in containers: our name of the image, its project and its command. */
export const TEKTON_COMMANDS = [
  ["tekton-pipelines-controller", "pipeline", "controller"],
  ["tekton-pipelines-webhook", "pipeline", "webhook"],
  ["tekton-pipelines-events", "pipeline", "events"],
  ["tekton-pipelines-entrypoint", "pipeline", "entrypoint"],
  ["tekton-pipelines-nop", "pipeline", "nop"],
  ["tekton-pipelines-sidecarlogresults", "pipeline", "sidecarlogresults"],
  ["tekton-pipelines-workingdirinit", "pipeline", "workingdirinit"],
  ["tekton-triggers-controller", "triggers", "controller"],
  ["tekton-triggers-webhook", "triggers", "webhook"],
  ["tekton-triggers-eventlistenersink", "triggers", "eventlistenersink"],
  ["tekton-triggers-interceptors", "triggers", "interceptors"],
] as const;

/** Go import path of a Tekton command, as upstream's manifests name it behind `ko://`. */
export function tektonImportPath(project: "pipeline" | "triggers", command: string): string {
  return `github.com/tektoncd/${project}/cmd/${command}`;
}

/** The image that Tekton releases of a command: ko puts the MD5 of the import path into the name. */
function tektonImage(project: "pipeline" | "triggers", command: string): string {
  const version = project === "pipeline" ? versions.tektonPipelines : versions.tektonTriggers;
  const hash = createHash("md5").update(tektonImportPath(project, command)).digest("hex");
  return `ghcr.io/tektoncd/${project}/${command}-${hash}:v${version}`;
}

/** Whether a name says which image it is whatever its tag is moved to. */
export function isByDigest(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** Official images, by the names that the config key `images` uses. */
export function defaultImages(): Record<string, string> {
  return {
    ...Object.fromEntries(TEKTON_COMMANDS.map(([name, project, command]) => [name, tektonImage(project, command)])),
    "cert-manager-controller": `quay.io/jetstack/cert-manager-controller:v${versions.certManager}`,
    odm: `opendronemap/odm:${versions.odm}`,
    "nvidia-device-plugin": `nvcr.io/nvidia/k8s-device-plugin:v${versions.nvidiaDevicePlugin}`,
  };
}
