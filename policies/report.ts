import type { PolicyEvent } from "@pulumi/pulumi/automation";
import { allPolicies } from "./index";
import { environmentOf } from "./policy";

type Event = Pick<PolicyEvent, "policyName" | "message" | "resourceUrn">;

/**
 * What a person reads of the violations of a stack, by resource, and the exit status: 1 where one is mandatory. Each
 * violation says the resource, the policy and its level, the fault, why it matters and the remedy.
 */
export function report(stack: string, events: readonly Event[]): { lines: string[]; status: number } {
  const environment = environmentOf(stack);
  const policyOf = (name: string) => allPolicies.find((policy) => policy.name === name);
  const levelOf = (name: string) => policyOf(name)?.levels[environment];
  const mandatory = events.filter(({ policyName }) => levelOf(policyName) === "mandatory").length;
  const suppressed = events.filter(({ policyName }) => policyName.startsWith("suppressed")).length;
  const byResource = [...events].sort((a, b) => (a.resourceUrn ?? "").localeCompare(b.resourceUrn ?? ""));
  const lines = byResource.flatMap(({ policyName, message, resourceUrn }) => {
    const [type, name] = (resourceUrn ?? "").split("::").slice(2) as [string?, string?];
    const level = levelOf(policyName) ?? "suppressed";
    // Pulumi puts the policy's description first.
    const fault = message.replace(`${policyOf(policyName)?.demand}\n`, "").trim();
    const parts = fault.split(/ (?=Why: |Remedy: )/);
    return [`${level}: ${policyName}: ${type?.split("$").at(-1)} ${name}`, ...parts.map((part) => `  ${part}`), ""];
  });
  const asked = allPolicies.filter(({ levels }) => levels[environment] !== "disabled").length;
  const advisory = events.length - mandatory - suppressed;
  const sum = `${stack}: ${asked} policies; ${mandatory} mandatory violations, ${advisory} advisory, ${suppressed} suppressed`;
  return { lines: [...lines, sum], status: mandatory ? 1 : 0 };
}
