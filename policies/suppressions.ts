import { allPolicies } from "./index";

/** A fault of one resource that is put up with for a while. */
export interface Suppression {
  /** Name of the policy. */
  readonly policy: string;
  /** Name of the stack. */
  readonly stack: string;
  /** The resource, by type and name as `pulumi stack --show-urns` ends: `kubernetes:core/v1:Service::data-lake`. */
  readonly resource: string;
  /** Why, for whoever reads it in a year: at least a sentence. */
  readonly reason: string;
  /** Its last day, as 2027-01-31; from the next day on the fault is a violation again. */
  readonly until: string;
}

/** What is put up with at present. Every preview prints it. */
export const suppressions: readonly Suppression[] = [];

/** Furthest that an end may lie ahead, in days: what takes longer is a decision about the policy. */
const LONGEST_DAYS = 180;
const SHORTEST_REASON = 20;

/** What is wrong with suppressions themselves, a line each; they are checked before any policy is asked. */
export function suppressionProblems(given: readonly Suppression[], today: Date): string[] {
  const names = allPolicies.map(({ name }) => name);
  return given.flatMap(({ policy, resource, reason, until }) => {
    const what = `the suppression of ${policy} for ${resource}`;
    const end = endOf(until);
    return [
      ...(names.includes(policy) ? [] : [`${what} names no policy`]),
      ...(resource.includes("::") ? [] : [`${what} must name one resource as <type>::<name>`]),
      ...(reason.trim().length >= SHORTEST_REASON ? [] : [`${what} needs a reason that can be understood in a year`]),
      ...(end === undefined ? [`${what} ends on ${until}, which is no day such as 2027-01-31`] : []),
      ...(end !== undefined && end.getTime() - today.getTime() > LONGEST_DAYS * 86_400_000
        ? [`${what} ends on ${until}, more than ${LONGEST_DAYS} days ahead`]
        : []),
    ];
  });
}

/** Whether a suppression's last day is over. */
export function isExpired({ until }: Suppression, today: Date): boolean {
  const end = endOf(until);
  return end === undefined || today >= end;
}

/** The moment at which a last day is over (UTC), undefined for what is no day. */
function endOf(until: string): Date | undefined {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(until) ? new Date(`${until}T00:00:00Z`) : undefined;
  if (!day || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(until)) return undefined;
  return new Date(day.getTime() + 86_400_000);
}
