/** The pack as Pulumi runs it. The language host says which stack it is for in the environment. */
import { type Policies, PolicyPack, type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import { RunError } from "@pulumi/pulumi";
import { Declared } from "./declared";
import { allPolicies } from "./index";
import { describeViolation, type Ground, judge, type Violation } from "./judge";
import { environmentOf, type Policy } from "./policy";
import { type Resource, resourceOf } from "./readers/resource";
import { suppressionProblems, suppressions } from "./suppressions";

/** The policies of a stack in Pulumi's own terms, and two that print what is put up with. */
export function pulumiPolicies(ground: Ground, from: readonly Policy[] = allPolicies): Policies {
  const environment = environmentOf(ground.stack);
  const enabled = from.filter(({ levels }) => levels[environment] !== "disabled");
  const declared = new Declared();
  const faults = (found: readonly Violation[]) => found.filter(({ suppressed }) => !suppressed);
  return [
    ...enabled.map((policy) => ({
      name: policy.name,
      description: policy.demand,
      enforcementLevel: policy.levels[environment],
      ...asked([policy], ground, declared, faults),
    })),
    ...(ground.suppressions.length ? (["check", "checkStack"] as const) : []).map((way) => ({
      name: way === "check" ? "suppressed" : "suppressed-in-stack",
      description: "Tells what is put up with, why and until when.",
      enforcementLevel: "advisory" as const,
      ...asked(
        enabled.filter((policy) => way in policy),
        ground,
        declared,
        (found) => found.filter(({ suppressed }) => suppressed),
        way,
      ),
    })),
  ];
}

type Asked = Pick<ResourceValidationPolicy, "validateResource"> | Pick<StackValidationPolicy, "validateStack">;

/** Asks some policies of one way, and reports those of their violations that are chosen. */
function asked(
  policies: readonly Policy[],
  ground: Ground,
  declared: Declared,
  choose: (found: readonly Violation[]) => readonly Violation[],
  way: "check" | "checkStack" = policies.every((policy) => "check" in policy) ? "check" : "checkStack",
): Asked {
  const found = (resources: readonly Resource[]) =>
    choose(policies.flatMap((policy) => judge(policy, resources, ground)));
  if (way === "check") {
    return {
      validateResource: (args, report) => {
        const resource = declared.note(resourceOf(args));
        for (const violation of found([resource])) report(describeViolation(violation));
      },
    };
  }
  return {
    validateStack: ({ resources }, report) => {
      const read = resources.map((resource) => declared.restore(resourceOf(resource)));
      for (const violation of found(read)) report(describeViolation(violation), violation.resource.urn);
    },
  };
}

/** Starts to serve the engine. */
export function serve(): void {
  const ground = { stack: process.env.PULUMI_NODEJS_STACK ?? "prod", suppressions, today: new Date() };
  const problems = suppressionProblems(suppressions, ground.today);
  if (problems.length) throw new RunError(`policies/suppressions.ts is wrong:\n  ${problems.join("\n  ")}`);
  new PolicyPack("drone-data-lake", { policies: pulumiPolicies(ground) });
}
