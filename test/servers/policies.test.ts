/** The pack as people start it: by the plain command, with the real engine and this project's language host. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type PlainPulumi, plainPulumi } from "./plain-pulumi";

const checkout = resolve(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "policies-test-"));
let pulumi: PlainPulumi;

/** A store whose root password is known at `up` only, so that in a preview no name of a bucket or user is known. */
const PROGRAM = `
import * as minio from "@pulumi/minio";
import * as random from "@pulumi/random";

const root = new random.RandomPassword("root", { length: 40 });
const provider = new minio.Provider("store", {
  minioServer: "lake.example.org:443",
  minioSsl: true,
  minioUser: "root",
  minioPassword: root.result,
});
const on = { provider, protect: true };
const raw = new minio.S3Bucket("drone-raw", { bucket: "drone-raw" }, on);
new minio.S3Bucket("drone-ortho", { bucket: "drone-ortho" }, on);
new minio.S3BucketVersioning("drone-raw", { bucket: raw.bucket, versioningConfiguration: { status: "Enabled" } }, on);
const person = new minio.IamUser("stagiair", { name: "stagiair", secret: root.result }, on);
new minio.IamServiceAccount("theirs", {
  targetUser: person.name,
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::drone-ortho/*"] },
      { Effect: "Deny", NotAction: ["s3:PutObject"], Resource: ["arn:aws:s3:::drone-ortho", "arn:aws:s3:::drone-ortho/*"] },
    ],
  }),
}, on);
`;

beforeAll(async () => {
  pulumi = await plainPulumi(folder, folder, ["random", "minio"]);
  writeFileSync(join(folder, "Pulumi.yaml"), "name: drone-data-lake\nruntime: nodejs\n");
  writeFileSync(join(folder, "package.json"), '{ "name": "test", "main": "index.ts" }');
  writeFileSync(join(folder, "index.ts"), PROGRAM);
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function preview(stack: string): ReturnType<PlainPulumi> {
  const selected = await pulumi("stack", "select", "--create", stack);
  return selected.failed ? selected : pulumi("preview", "--policy-pack", join(checkout, "policies"), "--stack", stack);
}

it("refuses what is wrong for the whole stack, though no provider has answered yet", async () => {
  const { failed, output } = await preview("prod");
  expect(failed, output).toBe(true);
  expect(output).toContain("[mandatory]  buckets-versioned  (minio:index:S3Bucket: drone-ortho)");
  expect(output).not.toContain("buckets-versioned  (minio:index:S3Bucket: drone-raw)");
  expect(output).toContain("service account theirs may do s3:PutObject on drone-ortho");
  expect(output).toMatch(/no S3BucketVersioning enables its versions\. Why: .+ Remedy: Declare an S3BucketVersioning/);
  expect(output).not.toContain("can't run policy");
});

it("takes the levels of the stack's environment", async () => {
  expect((await preview("prod")).output).toContain("[mandatory]  raw-photos-locked");
  expect((await preview("sandbox")).output).not.toContain("raw-photos-locked");
});
