import { describe, expect, test } from "vitest";
import { imagesHaveVersions } from "../../policies/images/images-have-versions";
import { describeViolation, judge } from "../../policies/judge";
import { type Suppression, suppressionProblems, suppressions } from "../../policies/suppressions";
import { CONTAINER, changed, deployment } from "./resources";

const today = new Date("2027-01-15T12:00:00Z");
const broken = changed(deployment, { [`${CONTAINER}.image`]: "lake/tasks:latest" });
const other = { ...broken, name: "other" };
const suppression: Suppression = {
  policy: "images-have-versions",
  stack: "dev",
  resource: "kubernetes:apps/v1:Deployment::server",
  reason: "the vendor publishes its first version in February",
  until: "2027-01-31",
};

function judged(given: Partial<Suppression> = {}, resource = broken, stack = "dev", at = today) {
  const ground = { stack, suppressions: [{ ...suppression, ...given }], today: at };
  return judge(imagesHaveVersions, [resource], ground).map((violation) => ({
    ...violation,
    says: describeViolation(violation),
  }));
}

describe("a suppression", () => {
  test("is printed with its reason and its end in place of the violation", () => {
    const [violation] = judged();
    expect(violation?.suppressed).toBe(true);
    expect(violation?.says).toBe(
      "images-have-versions: container server runs docker.io/lake/tasks:latest. Put up with until 2027-01-31: the vendor publishes its first version in February",
    );
  });

  test("holds through its last day, and not a moment longer", () => {
    expect(judged({}, broken, "dev", new Date("2027-01-31T23:59:59Z"))[0]?.suppressed).toBe(true);
    const [violation] = judged({}, broken, "dev", new Date("2027-02-01T00:00:00Z"));
    expect(violation?.suppressed).toBe(false);
    expect(violation?.says).toContain("Its suppression ended on 2027-01-31. Why: ");
  });

  test.each<[string, Partial<Suppression>]>([
    ["another policy", { policy: "images-by-digest" }],
    ["another stack", { stack: "prod" }],
    ["another resource", { resource: "kubernetes:apps/v1:Deployment::serve" }],
    ["an end that is no day", { until: "2027-02-30" }],
  ])("of %s does not hold", (_, given) => {
    expect(judged(given)[0]?.suppressed).toBe(false);
  });

  test("does not hold for a neighbour", () => {
    expect(judged({}, other)[0]?.suppressed).toBe(false);
  });
});

describe("what is wrong with a suppression is told before any policy is asked", () => {
  const problems = (given: Partial<Suppression>) => suppressionProblems([{ ...suppression, ...given }], today);

  test("nothing, of a whole one", () => {
    expect(problems({})).toEqual([]);
  });

  test.each<[string, Partial<Suppression>, string]>([
    ["a policy that is not there", { policy: "no-such" }, "names no policy"],
    ["all resources at once", { resource: "*" }, "must name one resource"],
    ["no reason", { reason: "later" }, "needs a reason"],
    ["no end", { until: "" }, "which is no day"],
    ["an end in years", { until: "2030-01-01" }, "more than 180 days ahead"],
  ])("%s", (_, given, says) => {
    expect(problems(given).join("\n")).toContain(says);
  });
});

test("those of this project are in order, and none has ended", () => {
  expect(suppressionProblems(suppressions, new Date())).toEqual([]);
  expect(suppressions).toEqual([]);
});
