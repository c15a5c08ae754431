import { prodOnly } from "../levels";
import type { ResourcePolicy } from "../policy";
import { hasDigest, imagesOf } from "../readers/images";
import { NAMED_BY_VERSION } from "../settings";

export const imagesByDigest: ResourcePolicy = {
  name: "images-by-digest",
  demand:
    "In production every image is named by its digest, but for those of projects that never move a version's tag.",
  why: "Whoever can push to the registry can put another program under a tag that is trusted already. A digest is the program that was reviewed and scanned, and nothing else.",
  looksAt: `images of every container and Tekton step, and those in arguments that end in \`-image\`; by tag may be named: ${NAMED_BY_VERSION.map((prefix) => `\`${prefix}…\``).join(", ")}`,
  remedy:
    "Give the image under `images` in the stack's config as name:tag@sha256:…, with the digest that the build printed.",
  levels: prodOnly,
  *check(resource) {
    for (const { where, image } of imagesOf(resource)) {
      const byVersion = NAMED_BY_VERSION.some((prefix) => image.startsWith(prefix));
      if (!hasDigest(image) && !byVersion) yield `${where} runs ${image}, which is no digest`;
    }
  },
};
