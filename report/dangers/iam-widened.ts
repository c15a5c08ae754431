import { covers, isIdentityPolicy, policyDocument, type Statement } from "../../policies/readers/iam";
import { at, list, text } from "../../policies/readers/values";
import { type Change, type Plan, resourceAt } from "../plan";
import type { DangerRule } from "./danger";

const ATTACHMENTS: Readonly<Record<string, { who: string; what: string }>> = {
  "minio:index/iamGroupPolicyAttachment:IamGroupPolicyAttachment": { who: "groupName", what: "policyName" },
  "minio:index/iamUserPolicyAttachment:IamUserPolicyAttachment": { who: "userName", what: "policyName" },
};
const MEMBERSHIP = "minio:index/iamGroupMembership:IamGroupMembership";
const ACCOUNT = "minio:index/iamServiceAccount:IamServiceAccount";

/** How far a set of statements lets somebody do something. */
enum Reach {
  No,
  OnCondition,
  Yes,
}

interface Probe {
  readonly principal: string | undefined;
  readonly action: string;
  readonly arn: string;
}

function reach(statements: readonly Statement[], { principal, action, arn }: Probe): Reach {
  const about = statements.filter(
    (statement) =>
      covers(statement, action, arn) &&
      (principal === undefined || statement.principals.includes("*") || statement.principals.includes(principal)),
  );
  // A denial that depends on something denies nothing for sure.
  if (about.some(({ allows, conditional }) => !allows && !conditional)) return Reach.No;
  const allowing = about.filter(({ allows }) => allows);
  if (allowing.some(({ conditional }) => !conditional)) {
    return about.some(({ allows }) => !allows) ? Reach.OnCondition : Reach.Yes;
  }
  return allowing.length ? Reach.OnCondition : Reach.No;
}

/** Texts that a pattern matches: one with something in place of each `*`, and one with nothing there. */
const examples = (pattern: string) =>
  new Set(["probe", ""].map((text) => pattern.replaceAll("*", text).replaceAll("?", "p")));

/**
 * What the new statements allow that the old ones did not, as `action on ARN` in the patterns of the documents. Both are asked
 * about everything that either names, and about an example of each pattern.
 */
export function widened(before: readonly Statement[], after: readonly Statement[]): string[] {
  const all = [...before, ...after];
  const named = (field: "actions" | "notActions" | "resources" | "notResources") =>
    all.flatMap((statement) => statement[field]);
  const actions = new Set([...named("actions"), ...named("notActions"), "s3:*"]);
  const arns = new Set([...named("resources"), ...named("notResources"), "*"]);
  const principals = new Set<string | undefined>(all.flatMap((statement) => statement.principals));
  if (principals.size === 0) principals.add(undefined);
  const found = new Set<string>();
  for (const principal of principals)
    for (const action of actions)
      for (const arn of arns)
        for (const exampleAction of examples(action))
          for (const exampleArn of examples(arn)) {
            const probe = { principal, action: exampleAction, arn: exampleArn };
            if (reach(after, probe) > reach(before, probe))
              found.add(
                `${action} on ${arn}${principal === undefined ? "" : ` to ${principal === "*" ? "everybody" : principal}`}`,
              );
          }
  return [...found];
}

/** Most rights that are named one by one. */
const NAMED = 6;

/** Whether the thing that a name stands for was there before this preview. */
function existed(plan: Plan, property: string, name: unknown): boolean {
  return plan.some(
    ({ before }) => before !== undefined && text(name) !== undefined && at(before.inputs, property) === name,
  );
}

function* documentWidened(change: Change, plan: Plan): Iterable<string> {
  const [before, after] = [resourceAt(change, "before"), resourceAt(change, "after")];
  const [old, next] = [before && policyDocument(before), after && policyDocument(after)];
  if (!after || !next) {
    if (before && old && !isIdentityPolicy(before) && change.operation === "delete")
      yield "no longer says who may use the bucket, so that a bucket made public by hand stays so unseen";
    return;
  }
  if (next.state !== "readable") {
    if (before && change.operation !== "same") yield "has a policy that cannot be read before `up`";
    return;
  }
  // A policy that is new gives nobody anything until it is attached; an account has its user's rights without one.
  if (!before && !(change.type === ACCOUNT && existed(plan, "name", at(after.props, "targetUser")))) return;
  const rights = widened(old?.statements ?? [], next.statements);
  const more = rights.length > NAMED ? ` and ${rights.length - NAMED} more` : "";
  if (rights.length) yield `newly allows ${rights.slice(0, NAMED).join(", ")}${more}`;
}

function* attached(change: Change, plan: Plan): Iterable<string> {
  const attachment = ATTACHMENTS[change.type];
  if (attachment && change.after) {
    const [who, what] = [at(change.after.inputs, attachment.who), at(change.after.inputs, attachment.what)];
    const before = change.before && at(change.before.inputs, attachment.what);
    if (what !== before && existed(plan, "name", who)) yield `gives ${String(who)} the policy ${String(what)}`;
  }
  if (change.type === MEMBERSHIP && change.before && change.after) {
    const old = list(at(change.before.inputs, "users"));
    const added = list(at(change.after.inputs, "users")).filter((user) => !old.includes(user));
    if (added.length)
      yield `adds ${added.map(String).join(", ")} to the group ${String(at(change.after.inputs, "group"))}`;
  }
}

export const iamWidened: DangerRule = {
  name: "iam-widened",
  why: "An identity may do more in the object store than was reviewed; with a write or a delete, the photos are no longer the flight's.",
  *find(change, plan) {
    if (change.operation === "same") return;
    yield* documentWidened(change, plan);
    yield* attached(change, plan);
  },
};
