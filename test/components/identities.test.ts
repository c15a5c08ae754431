import { expect, test } from "vitest";
import { s3Secret } from "../../components/credentials-secret";
import { Identities } from "../../components/identities";
import { one, record } from "./recorder";

test("keys of every generation are valid, and steps get the last one's", async () => {
  const recorded = await record(() => {
    const { serviceAccounts } = new Identities("identities", { pipelineKeys: ["1", "2"] });
    s3Secret("pipeline-stitch", "drone-pipelines", serviceAccounts["pipeline-stitch"], {});
  });
  const made = recorded.filter(({ type }) => type === "minio:index/iamServiceAccount:IamServiceAccount");
  const ofStitch = made.filter(({ name }) => name.includes("pipeline-stitch"));
  expect(ofStitch.map(({ name }) => name)).toEqual(["identities-pipeline-stitch-1", "identities-pipeline-stitch-2"]);
  expect(new Set(ofStitch.map(({ inputs }) => inputs.policy)).size).toBe(1);
  expect(one(recorded, "kubernetes:core/v1:Secret", "s3-pipeline-stitch").inputs.stringData).toEqual({
    accessKey: "access-of-identities-pipeline-stitch-2",
    secretKey: "secret-of-identities-pipeline-stitch-2",
  });
});
