import { describe, expect, it } from "vitest";
import { isBrokenOff, unconfirmed, withCreations } from "../../sandbox/pending";

const urn = (type: string, name: string) => `urn:pulumi:sandbox::drone-data-lake::${type}::${name}`;
const resource = (type: string, inputs: Record<string, unknown>, name = "one") => ({
  urn: urn(type, name),
  type,
  custom: true,
  inputs,
});
const bucket = resource("minio:index/s3Bucket:S3Bucket", { bucket: "drone-raw" });
const creating = (...resources: ReturnType<typeof resource>[]) => ({
  version: 3,
  deployment: {
    manifest: { magic: "m" },
    resources: [{ ...resource("pulumi:pulumi:Stack", {}), outputs: { done: true } }],
    pending_operations: resources.map((each) => ({ type: "creating", resource: each })),
  },
});

describe("the state of a run that was killed", () => {
  it.each([
    ["a bucket", bucket, "drone-raw"],
    ["a database", resource("postgresql:index/database:Database", { name: "lake" }), "lake"],
    ["a role", resource("postgresql:index/role:Role", { name: "owner" }), "owner"],
    [
      "an object in a namespace",
      resource("kubernetes:core/v1:ConfigMap", { metadata: { name: "cm", namespace: "data-systems" } }),
      "data-systems/cm",
    ],
    ["an object of the cluster", resource("kubernetes:core/v1:Namespace", { metadata: { name: "runs" } }), "runs"],
  ])("takes %s for made, and has it confirmed", (_, made, id) => {
    const before = creating(made);
    expect(isBrokenOff(before)).toBe(true);
    const after = withCreations(before);
    expect(after).toEqual({
      version: 3,
      deployment: {
        manifest: { magic: "m" },
        resources: [...before.deployment.resources, { ...made, id }],
        pending_operations: [],
      },
    });
    expect(isBrokenOff(after)).toBe(false);
    expect(unconfirmed(after).map((each) => each.urn)).toEqual([made.urn]);
  });

  it.each([
    ["can be made again", resource("minio:index/iamUser:IamUser", { name: "stagiair" })],
    ["only changes what is there", resource("kubernetes:core/v1:ServicePatch", { metadata: { name: "s" } })],
    ["is a component", resource("kubernetes:yaml/v2:ConfigFile", {})],
    ["has no name yet", resource("kubernetes:core/v1:Secret", { metadata: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })],
  ])("forgets what %s", (_, other) => {
    const after = withCreations(creating(other));
    expect(after.deployment.resources).toHaveLength(1);
    expect(unconfirmed(after)).toEqual([]);
  });

  it("forgets a replacement, whose predecessor it still has", () => {
    const before = creating(bucket);
    const had = { ...bucket, id: "drone-raw", outputs: { bucket: "drone-raw" } };
    const after = withCreations({ ...before, deployment: { ...before.deployment, resources: [had] } });
    expect(after.deployment.resources).toEqual([had]);
    expect(unconfirmed(after)).toEqual([]);
  });

  it.each(["updating", "deleting", "reading"])("does what was %s again", (type) => {
    const before = creating(bucket);
    const deployment = { ...before.deployment, pending_operations: [{ type, resource: bucket }] };
    expect(withCreations({ deployment }).deployment.resources).toEqual(before.deployment.resources);
  });

  it("is nothing for a stack that is still empty", () => {
    expect(isBrokenOff({})).toBe(false);
    expect(unconfirmed(withCreations({}))).toEqual([]);
  });
});
