/** What the policy pack said during a preview. */
import type { PolicyEvent } from "@pulumi/pulumi/automation";
import { allPolicies } from "./index";
import { environmentOf } from "./policy";

export interface PolicyFinding {
  readonly policy: string;
  readonly level: "mandatory" | "advisory" | "suppressed";
  readonly type: string;
  readonly name: string;
  readonly fault: string;
  readonly why?: string;
  readonly remedy?: string;
}

type Event = Pick<PolicyEvent, "policyName" | "message" | "resourceUrn">;

/** The findings, mandatory ones first, then by policy and resource. The levels are those of the stack's environment. */
export function policyFindings(stack: string, events: readonly Event[]): PolicyFinding[] {
  const levels = ["mandatory", "advisory", "suppressed"];
  const sorted = (a: PolicyFinding, b: PolicyFinding) =>
    levels.indexOf(a.level) - levels.indexOf(b.level) ||
    a.policy.localeCompare(b.policy) ||
    a.name.localeCompare(b.name);
  return events.map((event) => finding(stack, event)).sort(sorted);
}

function finding(stack: string, { policyName, message, resourceUrn }: Event): PolicyFinding {
  const known = allPolicies.find(({ name }) => name === policyName);
  const level = known?.levels[environmentOf(stack)];
  const [type = "", ...name] = (resourceUrn ?? "").split("::").slice(2);
  // Pulumi puts the policy's description first.
  const said = message.replace(`${known?.demand}\n`, "").trim();
  const [fault = "", ...parts] = said.split(/ (?=Why: |Remedy: )/);
  const part = (word: string) => parts.find((text) => text.startsWith(word))?.slice(word.length);
  return {
    policy: policyName,
    level: level === "mandatory" || level === "advisory" ? level : "suppressed",
    type: type.split("$").at(-1) as string,
    name: name.join("::"),
    fault,
    why: part("Why: "),
    remedy: part("Remedy: "),
  };
}
