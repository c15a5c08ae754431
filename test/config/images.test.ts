import { expect, test } from "vitest";
import { defaultImages } from "../../config/images";
import versions from "../../versions.json";

test("Tekton's images have the names that its releases have", () => {
  const images = defaultImages();
  // The hash is the MD5 of the import path, as in the release's YAML.
  expect(images["tekton-pipelines-controller"]).toBe(
    `ghcr.io/tektoncd/pipeline/controller-10a3e32792f33651396d02b6855a6e36:v${versions.tektonPipelines}`,
  );
  expect(images["tekton-triggers-controller"]).toMatch(
    new RegExp(`^ghcr.io/tektoncd/triggers/controller-[0-9a-f]{32}:v${versions.tektonTriggers}$`),
  );
});
