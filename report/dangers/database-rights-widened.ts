import { at, list, text } from "../../policies/readers/values";
import type { Change, Plan } from "../plan";
import type { DangerRule } from "./danger";

const ROLE = "postgresql:index/role:Role";
const GRANTS = ["postgresql:index/grant:Grant", "postgresql:index/defaultPrivileges:DefaultPrivileges"];

/** What a role may beyond its grants, by the property that says so. */
const POWERS: Readonly<Record<string, string>> = {
  superuser: "makes the role a superuser",
  createRole: "lets the role create roles",
  createDatabase: "lets the role create databases",
  replication: "lets the role replicate the whole server",
  bypassRowLevelSecurity: "lets the role pass by row security",
};

function added(change: Change, property: string): string[] {
  const old = list(at(change.before?.inputs, property));
  return list(at(change.after?.inputs, property)).flatMap((item) =>
    old.includes(item) ? [] : (text(item) ?? "one not known yet"),
  );
}

function roleExisted(plan: Plan, role: unknown): boolean {
  return plan.some(({ type, before }) => type === ROLE && before !== undefined && at(before.inputs, "name") === role);
}

export const databaseRightsWidened: DangerRule = {
  name: "database-rights-widened",
  why: "A role of the database may do more than was reviewed; a superuser reads, changes and drops everything, backups' roles included.",
  *find(change, plan) {
    const { type, operation, before, after } = change;
    if (operation === "same" || !after) return;
    if (type === ROLE) {
      for (const [property, what] of Object.entries(POWERS))
        if (at(after.inputs, property) === true && at(before?.inputs, property) !== true) yield what;
      const roles = before ? added(change, "roles") : [];
      if (roles.length) yield `makes the role a member of ${roles.join(", ")}`;
    }
    if (GRANTS.includes(type) && (before || roleExisted(plan, at(after.inputs, "role")))) {
      const privileges = added(change, "privileges");
      const place = ["objectType", "schema"].flatMap((key) => text(at(after.inputs, key)) ?? []).join(" of ");
      if (privileges.length) yield `grants ${String(at(after.inputs, "role"))} ${privileges.join(", ")} on ${place}`;
    }
  },
};
