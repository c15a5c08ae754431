import { allPolicies } from "../../policies/index";
import { judge } from "../../policies/judge";
import { environmentOf, type Level } from "../../policies/policy";
import type { Resource } from "../../policies/readers/resource";
import { suppressions } from "../../policies/suppressions";
import type { Recorded } from "../components/recorder";

/** Violations of a stack as its program registers it, at one level: `policy: type name: fault`. */
export function violations(stack: string, recorded: readonly Recorded[], level: Level): string[] {
  const resources = recorded.map(
    ({ type, name, inputs, options }): Resource => ({
      urn: `urn:pulumi:${stack}::drone-data-lake::${type}::${name}`,
      type,
      name,
      props: inputs,
      protect: options.protect === true,
      sources: {},
    }),
  );
  const ground = { stack, suppressions, today: new Date() };
  return allPolicies
    .filter(({ levels }) => levels[environmentOf(stack)] === level)
    .flatMap((policy) => judge(policy, resources, ground))
    .map(({ policy, resource, fault }) => `${policy.name}: ${resource.type} ${resource.name}: ${fault}`);
}
