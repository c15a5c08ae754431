import type { PolicyEvent } from "@pulumi/pulumi/automation";
import { policyFindings } from "./findings";
import { allPolicies } from "./index";
import { environmentOf } from "./policy";

type Event = Pick<PolicyEvent, "policyName" | "message" | "resourceUrn">;

/**
 * What a person reads of the violations of a stack, by resource, and the exit status: 1 where one is mandatory. Each
 * violation says the resource, the policy and its level, the fault, why it matters and the remedy.
 */
export function report(stack: string, events: readonly Event[]): { lines: string[]; status: number } {
  const findings = policyFindings(stack, events);
  const count = (wanted: string) => findings.filter(({ level }) => level === wanted).length;
  const resource = ({ type, name }: (typeof findings)[number]) => `${type} ${name}`;
  const lines = findings
    .toSorted((a, b) => resource(a).localeCompare(resource(b)))
    .flatMap((finding) => {
      const { level, policy, fault, why, remedy } = finding;
      const parts = [fault, why && `Why: ${why}`, remedy && `Remedy: ${remedy}`].filter(Boolean);
      return [`${level}: ${policy}: ${resource(finding)}`, ...parts.map((part) => `  ${part}`), ""];
    });
  const environment = environmentOf(stack);
  const asked = allPolicies.filter(({ levels }) => levels[environment] !== "disabled").length;
  const [mandatory, advisory, suppressed] = ["mandatory", "advisory", "suppressed"].map(count) as [
    number,
    number,
    number,
  ];
  const sum = `${stack}: ${asked} policies; ${mandatory} mandatory violations, ${advisory} advisory, ${suppressed} suppressed`;
  return { lines: [...lines, sum], status: mandatory ? 1 : 0 };
}
