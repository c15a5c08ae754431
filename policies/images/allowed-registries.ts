import type { ResourcePolicy } from "../policy";
import { imagesOf } from "../readers/images";
import { REGISTRIES } from "../settings";

export const allowedRegistries: ResourcePolicy = {
  name: "allowed-registries",
  demand: "Images come from the registries that this lake trusts.",
  why: "An image from anywhere is a program from anywhere, run beside the photos with the keys of a step.",
  looksAt: `images of every container and Tekton step, and those in arguments that end in \`-image\`; allowed are ${REGISTRIES.map((prefix) => `\`${prefix}\``).join(", ")}`,
  remedy: "Mirror the image into your own registry, or add the registry to policies/settings.ts in a reviewed change.",
  // A sandbox on somebody's own cluster pushes to whichever registry that cluster has.
  levels: { sandbox: "advisory", dev: "mandatory", prod: "mandatory" },
  *check(resource) {
    for (const { where, image } of imagesOf(resource)) {
      if (!REGISTRIES.some((prefix) => image.startsWith(prefix))) yield `${where} runs ${image}`;
    }
  },
};
