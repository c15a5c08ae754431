import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf, withoutTag } from "../../../sandbox/images/digest";
import { exec } from "../../../sandbox/process";

describe("the digest of an image", () => {
  const digest = `sha256:${"3".repeat(64)}`;
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "digest-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  async function archive(index: object): Promise<string> {
    writeFileSync(join(dir, "index.json"), JSON.stringify(index));
    writeFileSync(join(dir, "oci-layout"), "{}");
    await exec("tar", ["--create", "--file", join(dir, "image.tar"), "--directory", dir, "oci-layout", "index.json"]);
    return join(dir, "image.tar");
  }

  it("is read from its archive", async () => {
    expect(await digestOf(await archive({ manifests: [{ digest }] }))).toBe(digest);
    await expect(archive({ manifests: [] }).then(digestOf)).rejects.toThrow("names no image");
  });

  it("takes the place of the tag where a container runtime looks it up", () => {
    expect(withoutTag(`drone-lake.local/tasks:3fe1@${digest}`)).toBe(`drone-lake.local/tasks@${digest}`);
    expect(withoutTag(`localhost:5001/lake/tasks:3fe1@${digest}`)).toBe(`localhost:5001/lake/tasks@${digest}`);
  });
});
