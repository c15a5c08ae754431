import { expect, test } from "vitest";
import { allPolicies } from "../../policies/index";
import { report } from "../../policies/report";

const policy = (name: string) => allPolicies.find((candidate) => candidate.name === name)!;
const urn = "urn:pulumi:prod::drone-data-lake::a:b:Parent$minio:index/s3Bucket:S3Bucket::drone-raw";

/** An event as the engine sends it: the description, then what the policy reported. */
function event(policyName: string, fault: string) {
  const { demand, why, remedy } = policy(policyName);
  return { policyName, message: `${demand}\n${fault}. Why: ${why} Remedy: ${remedy}\n`, resourceUrn: urn };
}

test("a violation is told with resource, policy, fault, why and remedy, and a mandatory one fails", () => {
  const { why, remedy } = policy("no-public-bucket");
  const { lines, status } = report("prod", [event("no-public-bucket", "its ACL is public-read, not private")]);
  expect(lines).toEqual([
    "mandatory: no-public-bucket: minio:index/s3Bucket:S3Bucket drone-raw",
    "  its ACL is public-read, not private.",
    `  Why: ${why}`,
    `  Remedy: ${remedy}`,
    "",
    `prod: ${allPolicies.length} policies; 1 mandatory violations, 0 advisory, 0 suppressed`,
  ]);
  expect(status).toBe(1);
});

test("what is advisory or suppressed is told and fails nothing", () => {
  const suppressed = { policyName: "suppressed", message: "no-public-bucket: x. Put up with until", resourceUrn: urn };
  const { lines, status } = report("sandbox", [event("allowed-registries", "it is from nowhere"), suppressed]);
  expect(lines.join("\n")).toContain(
    "suppressed: suppressed: minio:index/s3Bucket:S3Bucket drone-raw\n  no-public-bucket",
  );
  expect(lines.at(-1)).toContain("0 mandatory violations, 1 advisory, 1 suppressed");
  expect(status).toBe(0);
});

test("levels are the environment's", () => {
  expect(report("sandbox", [event("allowed-registries", "x")]).status).toBe(0);
  expect(report("dev", [event("allowed-registries", "x")]).status).toBe(1);
  expect(report("acceptance", [event("images-by-digest", "x")]).status).toBe(1);
});
