import type { Policy } from "./policy";
import type { Resource } from "./readers/resource";
import { isExpired, type Suppression } from "./suppressions";

/** A fault that a policy found. */
export interface Violation {
  readonly policy: Policy;
  readonly resource: Resource;
  /** What is wrong, as the policy says it. */
  readonly fault: string;
  /** What names this policy, stack and resource, whether its last day is over or not. */
  readonly suppression?: Suppression;
  /** Whether the suppression still holds, so that the fault is told and nothing more. */
  readonly suppressed: boolean;
}

export interface Ground {
  /** Name of the stack. */
  readonly stack: string;
  readonly suppressions: readonly Suppression[];
  readonly today: Date;
}

/** What a policy finds in some resources: in each of them, or in all together. */
export function judge(policy: Policy, resources: readonly Resource[], ground: Ground): Violation[] {
  const findings =
    "check" in policy
      ? resources.flatMap((resource) => [...policy.check(resource)].map((fault) => [resource, fault] as const))
      : [...policy.checkStack(resources)];
  return findings.map(([resource, fault]) => {
    const suppression = ground.suppressions.find(
      (candidate) =>
        candidate.policy === policy.name &&
        candidate.stack === ground.stack &&
        candidate.resource === `${resource.type}::${resource.name}`,
    );
    const suppressed = suppression !== undefined && !isExpired(suppression, ground.today);
    return { policy, resource, fault, suppression, suppressed };
  });
}

/** A violation as Pulumi prints it under the policy's name and the resource. */
export function describeViolation({ policy, fault, suppression, suppressed }: Violation): string {
  if (suppressed) return `${policy.name}: ${fault}. Put up with until ${suppression?.until}: ${suppression?.reason}`;
  const expired = suppression ? ` Its suppression ended on ${suppression.until}.` : "";
  return `${fault}.${expired} Why: ${policy.why} Remedy: ${policy.remedy}`;
}
