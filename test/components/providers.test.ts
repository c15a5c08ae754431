import { expect, test } from "vitest";
import type { Environment } from "../../config";
import { record } from "./recorder";

test("objects that exist already are taken over only where nobody else uses the cluster", async () => {
  const { kubernetesProvider } = await import("../../components/providers.js");
  const recorded = await record(() => {
    for (const dedicated of [true, false]) kubernetesProvider({ cluster: { dedicated } } as Environment);
  });
  const clusters = recorded.filter(({ name }) => name === "cluster");
  expect(clusters.map(({ inputs }) => inputs.upsertExistingObjects)).toEqual(["true", "false"]);
});
