import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { imagesHaveVersions } from "../../policies/images/images-have-versions";
import type { Ground } from "../../policies/judge";
import { bucketsVersioned } from "../../policies/object-store/buckets-versioned";
import { pulumiPolicies } from "../../policies/pack";
import type { Resource } from "../../policies/readers/resource";
import { changed, deployment, object, resource } from "./resources";

const CONTAINERS = "spec.template.spec.containers";
const broken = changed(deployment, { [`${CONTAINERS}.0.image`]: "lake/tasks:latest" });
const bucket = resource("minio:index/s3Bucket:S3Bucket", "drone-raw", { bucket: "drone-raw" });

/** What each policy of the pack reports, of one resource and of the whole stack. */
async function reports(ground: Partial<Ground>, resources: Resource[]): Promise<Record<string, string[]>> {
  const whole: Ground = { stack: "prod", suppressions: [], today: new Date("2027-01-15"), ...ground };
  const said: Record<string, string[]> = {};
  const args = resources.map((given) => ({ ...given, opts: { protect: given.protect } }) as never);
  for (const policy of pulumiPolicies(whole, [imagesHaveVersions, bucketsVersioned])) {
    const found: string[] = [];
    const report = (message: string) => found.push(message);
    if ("validateResource" in policy && typeof policy.validateResource === "function") {
      for (const one of args) await policy.validateResource(one as ResourceValidationArgs, report);
    }
    if ("validateStack" in policy)
      await policy.validateStack({ resources: args } as unknown as StackValidationArgs, report);
    if (found.length) said[policy.name] = found;
  }
  return said;
}

const put = {
  stack: "prod",
  reason: "the vendor publishes its first version in February",
  until: "2027-01-31",
};
const suppressions = [
  { ...put, policy: "images-have-versions", resource: "kubernetes:apps/v1:Deployment::server" },
  { ...put, policy: "buckets-versioned", resource: "minio:index/s3Bucket:S3Bucket::drone-raw" },
];

describe("the pack", () => {
  test("reports faults of a resource and of the stack under their policies", async () => {
    const said = await reports({}, [broken, bucket]);
    expect(Object.keys(said)).toEqual(["images-have-versions", "buckets-versioned"]);
  });

  test("prints what is put up with apart, so that it stops nothing", async () => {
    const said = await reports({ suppressions }, [broken, bucket]);
    expect(Object.keys(said)).toEqual(["suppressed", "suppressed-in-stack"]);
    expect(said.suppressed?.[0]).toContain("Put up with until 2027-01-31: the vendor publishes");
    expect(said["suppressed-in-stack"]?.[0]).toContain("buckets-versioned: no S3BucketVersioning");
  });

  test("reports a fault again once its suppression has ended", async () => {
    const said = await reports({ suppressions, today: new Date("2027-02-01") }, [broken, bucket]);
    expect(Object.keys(said)).toEqual(["images-have-versions", "buckets-versioned"]);
    expect(said["images-have-versions"]?.[0]).toContain("Its suppression ended on 2027-01-31.");
  });

  test("judges all that is known of a resource when the touch of one value throws", async () => {
    class UnknownValueError extends Error {}
    const image = { name: "server" };
    Object.defineProperty(image, "image", {
      enumerable: true,
      get: () => {
        throw new UnknownValueError("can't be known during preview");
      },
    });
    const containers = [image, { name: "beside", image: "lake/tasks:latest" }];
    const half = object("apps/v1", "Deployment", "server", { spec: { template: { spec: { containers } } } });
    const said = await reports({}, [half]);
    expect(said["images-have-versions"]).toHaveLength(1);
    expect(said["images-have-versions"]?.[0]).toContain("container beside runs docker.io/lake/tasks:latest");
  });

  test("has no policy that an environment does not look for, and the levels of prod for an unknown stack", () => {
    const names = (stack: string) =>
      pulumiPolicies({ stack, suppressions: [], today: new Date() }).map(
        ({ name, enforcementLevel }) => `${name} ${enforcementLevel}`,
      );
    expect(names("sandbox")).not.toContain("images-by-digest mandatory");
    expect(names("prod")).toContain("images-by-digest mandatory");
    expect(names("acceptance")).toEqual(names("prod"));
  });
});
