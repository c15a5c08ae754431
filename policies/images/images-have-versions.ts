import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { hasDigest, imagesOf, tagOf } from "../readers/images";

export const imagesHaveVersions: ResourcePolicy = {
  name: "images-have-versions",
  demand: "Every image is named by a version or a digest: none by `latest` or without a tag.",
  why: "What runs then depends on the day that a node pulled it: two pods of one workload differ, a rollback brings nothing back, and a result cannot be made again.",
  looksAt: "images of every container and Tekton step, and those in arguments that end in `-image`",
  remedy: "Name the version that was tested, or better its digest.",
  levels: everywhere,
  *check(resource) {
    for (const { where, image } of imagesOf(resource)) {
      if (hasDigest(image)) continue;
      const tag = tagOf(image);
      if (tag === undefined) yield `${where} runs ${image}, without a version`;
      else if (tag === "latest") yield `${where} runs ${image}`;
    }
  },
};
