import { beforeAll, expect, test } from "vitest";
import { type Recorded, record } from "../components/recorder";
import helmExample from "./helm-example";
import { violations } from "./stack";

let recorded: Recorded[];
beforeAll(async () => {
  recorded = await record(helmExample, { stack: "prod" });
}, 60_000);

test("the usual data lake with Helm is refused with each of its faults named", () => {
  const release = "kubernetes:helm.sh/v3:Release data-lake";
  const namespace = "kubernetes:core/v1:Namespace data-systems";
  expect(violations("prod", recorded, "mandatory").sort()).toEqual([
    `buckets-versioned: ${release}: bucket ai-models keeps no versions`,
    `buckets-versioned: ${release}: bucket drone-ortho keeps no versions`,
    `default-deny: ${namespace}: no NetworkPolicy denies egress to all of its pods`,
    `default-deny: ${namespace}: no NetworkPolicy denies ingress to all of its pods`,
    `no-public-bucket: ${release}: bucket drone-raw has the anonymous policy public`,
    `no-secret-in-clear: ${release}: the chart's values hold rootPassword`,
    `no-weak-credentials: ${release}: the root password is a default that everybody tries first`,
    `owner-and-cost: ${namespace}: it has no label drone-lake/owner and drone-lake/cost-center`,
    `pods-restricted: ${namespace}: it enforces the level privileged`,
    `production-topology: ${release}: the chart runs in mode standalone, on one drive`,
    `raw-photos-locked: ${release}: bucket drone-raw has no object lock`,
  ]);
});

test("it is refused in dev too, but for what only production must have", () => {
  const found = violations("dev", recorded, "mandatory").join("\n");
  expect(found).toContain("no-public-bucket");
  expect(found).not.toContain("production-topology");
});
