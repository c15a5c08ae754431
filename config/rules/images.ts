import { bringsDevicePlugin } from "../gpus";
import { defaultImages, isByDigest } from "../images";
import { unknownKey } from "../suggest";
import { rule } from "./rule";

/** Images that have no official build: the environment must say where its own are. */
const OWN_IMAGES = ["minio", "postgis", "tasks", "catalogue", "mcp"];
/** Has none either, and is needed only where a detection has GPUs. */
const GPU_IMAGE = "tasks-gpu";
/** Nor has this one, which is needed only where there are notebooks. */
const NOTEBOOKS_IMAGE = "notebooks";
/** Images that only a node of the sandbox's own runs. */
const SANDBOX_IMAGES = ["shell", "pause", "coredns", "local-path-provisioner"];

/** Every image is known, and those that nobody publishes are given. */
export const imageRule = rule(["images"], ({ images }) => {
  const known = [...Object.keys(defaultImages()), ...OWN_IMAGES, GPU_IMAGE, NOTEBOOKS_IMAGE, ...SANDBOX_IMAGES];
  const unknown = Object.keys(images).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => unknownKey("images", name, known)),
    ...OWN_IMAGES.filter((name) => !images[name]).map((name) => ({
      path: `images.${name}`,
      message: `missing; build images/${name} and give its reference here`,
    })),
  ];
});

/** A detection with GPUs has an image that can use them. */
export const gpuImageRule = rule(["images", "pipelines"], ({ images, pipelines }) => {
  if (pipelines.detect.gpus === 0 || images[GPU_IMAGE]) return [];
  const message =
    "missing; a detection with GPUs needs images/tasks built with ACCELERATOR=gpu; give its reference here";
  return [{ path: `images.${GPU_IMAGE}`, message }];
});

/** In production the device plugin is one program, named by its digest, which the project's default cannot know. */
export const devicePluginRule = rule(["tier", "gpu", "images"], ({ tier, gpu, images }) => {
  const image = images["nvidia-device-plugin"];
  if (tier !== "production" || !bringsDevicePlugin(gpu) || isByDigest(image)) return [];
  const message =
    `found ${JSON.stringify(image)}; production names what it runs on its nodes by digest: ` +
    "write NAME:TAG@sha256:…, with the digest that `docker buildx imagetools inspect NAME:TAG` shows";
  return [{ path: "images.nvidia-device-plugin", message }];
});

/** JupyterLab has an image with what the notebooks import. */
export const notebooksImageRule = rule(["images", "notebooks"], ({ images, notebooks }) => {
  if (!notebooks.enabled || images[NOTEBOOKS_IMAGE]) return [];
  const message = "missing; build images/notebooks and give its reference here, or leave notebooks.enabled out";
  return [{ path: `images.${NOTEBOOKS_IMAGE}`, message }];
});
