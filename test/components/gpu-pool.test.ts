import { expect, test } from "vitest";
import { GpuPool } from "../../components/gpu-pool";
import { environment } from "../config/values";
import { one, record } from "./recorder";

test("existing nodes are labelled, and keep everything that needs no GPU away", async () => {
  const { gpu } = environment({ gpu: { backend: "existing", nodes: ["gpu-1", "gpu-2"] } });
  const recorded = await record(() => expect(new GpuPool("gpu", { config: gpu, labels: {} }).exists).toBe(true));
  for (const node of ["gpu-1", "gpu-2"]) {
    expect(one(recorded, "kubernetes:core/v1:NodePatch", `gpu-${node}`).inputs).toMatchObject({
      metadata: { name: node, labels: { "drone-lake/gpu-pool": "true" } },
      spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
    });
  }
});
