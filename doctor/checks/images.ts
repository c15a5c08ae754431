import type { Environment } from "../../config";
import { bringsDevicePlugin } from "../../config/gpus";
import { LOCAL } from "../../sandbox/images";
import { type Check, ok, warn } from "../check";
import { get } from "../http";

/** Where an image is pulled from; names without a registry are Docker Hub's. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  if (rest.length > 0 && (/[.:]/.test(first) || first === "localhost")) return first;
  return "registry-1.docker.io";
}

/** The images that the environment's pods run: projects' own are named also where nothing is made of them. */
export function imagesInUse({ images, pipelines, gpu, tls, tekton }: Environment): string[] {
  const used: Record<string, boolean> = {
    odm: pipelines.engine === "odm",
    "nvidia-device-plugin": bringsDevicePlugin(gpu),
    "cert-manager-controller": tls.installCertManager,
  };
  const entries = Object.entries(images);
  return entries.flatMap(([name, image]) =>
    (used[name] ?? (tekton.install || !/^tekton-/.test(name))) ? [image] : [],
  );
}

/** Whether registries answer here; the nodes pull by ways of their own, so a silent one is only a hint. */
export const images: Check = {
  title: "registries of the images",
  asksCluster: false,
  async run({ environment }) {
    const pulled = imagesInUse(environment).filter((image) => !image.startsWith(LOCAL));
    const registries = [...new Set(pulled.map(registryOf))];
    return Promise.all(
      registries.map(async (registry) => {
        try {
          // An API that wants credentials first answers 401, and is there all the same.
          const { status } = await get(`https://${registry}/v2/`);
          if (status === 200 || status === 401) return ok(registry);
          return warn(`${registry} answers ${status} to /v2/`, "see that it is a registry");
        } catch (error) {
          return warn(
            `${registry} cannot be reached from here: ${(error as Error).message}`,
            "see that the nodes can, or name a mirror in images",
          );
        }
      }),
    );
  },
};
