/** Role. Its memberships are `roles`; other ways to grant them (GrantRole) would fight with it. */
import type { Actual, Desired, ResourceType } from "../declared/resource";
import { atLeast } from "../declared/schema";
import type { Json } from "../shared/values";
import { asMemberOf, type Client, type Session } from "./client";
import { passwordSeen, readRole } from "./role-reading";
import { forServer } from "./scram";
import { literal, name } from "./sql";

const flag = { type: "boolean", default: false } as const;
const milliseconds = { type: "integer", default: 0, check: atLeast(0) } as const;

/** The two words of ALTER ROLE for each boolean property. */
const FLAGS: Record<string, [on: string, off: string]> = {
  superuser: ["SUPERUSER", "NOSUPERUSER"],
  createDatabase: ["CREATEDB", "NOCREATEDB"],
  createRole: ["CREATEROLE", "NOCREATEROLE"],
  inherit: ["INHERIT", "NOINHERIT"],
  login: ["LOGIN", "NOLOGIN"],
  replication: ["REPLICATION", "NOREPLICATION"],
  bypassRowLevelSecurity: ["BYPASSRLS", "NOBYPASSRLS"],
};

export const role: ResourceType<Client> = {
  token: "postgresql:index/role:Role",
  named: "name",
  schema: {
    assumeRole: { type: "string", default: "" },
    bypassRowLevelSecurity: flag,
    connectionLimit: { type: "integer", default: -1, check: atLeast(-1) },
    createDatabase: flag,
    createRole: flag,
    encrypted: { type: "string", refused: "it is deprecated and PostgreSQL always encrypts; leave it out" },
    encryptedPassword: {
      type: "boolean",
      default: true,
      check: (value) => (value ? undefined : "cannot be false: PostgreSQL stores no plain passwords since version 10"),
    },
    idleInTransactionSessionTimeout: milliseconds,
    inherit: { type: "boolean", default: true },
    login: flag,
    name: { type: "string", computed: true, fixed: "rename the role by hand and import it under the new name" },
    password: { type: "string", secret: true },
    passwordWo: { type: "string", secret: true, refused: 'give "password", which is encrypted in the state' },
    passwordWoVersion: { type: "string", refused: 'it belongs to "passwordWo"' },
    replication: flag,
    roles: { type: "set", of: { type: "string" } },
    searchPaths: { type: "list", of: { type: "string" } },
    skipDropRole: flag,
    skipReassignOwned: flag,
    statementTimeout: milliseconds,
    superuser: flag,
    validUntil: { type: "string", default: "infinity", same: sameTime },
  },

  async create(client, desired) {
    const role = String(desired.name);
    await client.change(client.settings.database, async (session) => {
      await session.rows(`CREATE ROLE ${name(role)} WITH ${options({}, desired).join(" ")}`);
      await setRoles(session, role, (desired.roles ?? []) as string[]);
      for (const statement of settingChanges(role, {}, desired)) await session.rows(statement);
    });
    return made(client, role, desired);
  },

  async read(client, id, state) {
    const found = await readRole(client, id);
    if (!found) return undefined;
    const password = await passwordSeen(client, id, state.password, found.login as boolean);
    return { id, outputs: { ...found, password } };
  },

  async update(client, id, old, desired) {
    await client.change(client.settings.database, async (session) => {
      const changed = options(old, desired);
      if (changed.length > 0) await session.rows(`ALTER ROLE ${name(id)} WITH ${changed.join(" ")}`);
      await setRoles(session, id, (desired.roles ?? []) as string[]);
      for (const statement of settingChanges(id, old, desired)) await session.rows(statement);
    });
    return made(client, id, desired);
  },

  async delete(client, id, state) {
    if (!state.skipReassignOwned) await disown(client, id);
    if (state.skipDropRole) return;
    await client.change(client.settings.database, (session) => session.rows(`DROP ROLE IF EXISTS ${name(id)}`));
  },
  fromId: () => ({ encryptedPassword: true, skipDropRole: false, skipReassignOwned: false }),
};

async function made(client: Client, id: string, desired: Desired) {
  const found = (await readRole(client, id)) ?? {};
  // An expiry is kept as it was written while it means the same moment.
  const validUntil = sameTime(found.validUntil ?? null, desired.validUntil ?? null)
    ? desired.validUntil
    : found.validUntil;
  return { id, outputs: { ...found, validUntil, password: desired.password ?? null } };
}

/** The options of CREATE or ALTER ROLE that differ; a user that is no superuser may not even name the others. */
function options(old: Actual, desired: Desired): string[] {
  const changed = (property: string) => desired[property] !== (old[property] ?? undefined);
  const found = Object.entries(FLAGS)
    .filter(([property]) => changed(property))
    .map(([property, [on, off]]) => (desired[property] ? on : off));
  if (changed("connectionLimit")) found.push(`CONNECTION LIMIT ${Number(desired.connectionLimit)}`);
  if (!sameTime(old.validUntil ?? null, desired.validUntil ?? null))
    found.push(`VALID UNTIL ${literal(String(desired.validUntil))}`);
  if (changed("password")) {
    found.push(desired.password ? `PASSWORD ${literal(forServer(String(desired.password)))}` : "PASSWORD NULL");
  }
  return found;
}

/** Makes the role a direct member of exactly `wanted`. */
async function setRoles(session: Session, role: string, wanted: string[]): Promise<void> {
  const rows = await session.rows<{ name: string }>(
    "SELECT pg_get_userbyid(roleid) AS name FROM pg_auth_members JOIN pg_roles ON member = pg_roles.oid WHERE rolname = $1",
    [role],
  );
  const current = rows.map((row) => row.name);
  for (const other of current.filter((one) => !wanted.includes(one)))
    await session.rows(`REVOKE ${name(other)} FROM ${name(role)}`);
  for (const other of wanted.filter((one) => !current.includes(one)))
    await session.rows(`GRANT ${name(other)} TO ${name(role)}`);
}

/** ALTER ROLE ... SET or RESET for every run-time setting that differs. */
function settingChanges(role: string, old: Actual, desired: Desired): string[] {
  const paths = ((desired.searchPaths ?? []) as string[]).map(name).join(", ");
  const settings: [property: string, setting: string, value: string][] = [
    ["searchPaths", "search_path", paths],
    ["statementTimeout", "statement_timeout", desired.statementTimeout ? String(desired.statementTimeout) : ""],
    [
      "idleInTransactionSessionTimeout",
      "idle_in_transaction_session_timeout",
      desired.idleInTransactionSessionTimeout ? String(desired.idleInTransactionSessionTimeout) : "",
    ],
    ["assumeRole", "ROLE", desired.assumeRole ? literal(String(desired.assumeRole)) : ""],
  ];
  return settings
    .filter(([property, , value]) => (property in old ? !sameSetting(old[property], desired[property]) : value !== ""))
    .map(([, setting, value]) => {
      const target = `ALTER ROLE ${name(role)}`;
      return value === "" ? `${target} RESET ${setting}` : `${target} SET ${setting} TO ${value}`;
    });
}

function sameSetting(old: Json | undefined, next: Json | undefined): boolean {
  return JSON.stringify(old || null) === JSON.stringify(next || null);
}

/** `infinity` and nothing are the same, and so are two notations of one moment. */
function sameTime(old: Json, next: Json): boolean {
  const moment = (value: Json) =>
    !value || String(value).toLowerCase() === "infinity" ? "infinity" : Date.parse(String(value));
  return moment(old) === moment(next);
}

/**
 * Gives what the role owns to the provider's user and takes the role's privileges back, in every database where it has any: a role
 * with such ties cannot be dropped. (The official plugin looks into one database only.)
 */
async function disown(client: Client, role: string): Promise<void> {
  const { database } = client.settings;
  const ties = await client.rows<{ datname: string }>(
    `SELECT DISTINCT datname FROM pg_shdepend JOIN pg_roles r ON refclassid = 'pg_authid'::regclass AND refobjid = r.oid
       JOIN pg_database d ON d.oid = dbid WHERE rolname = $1 AND datallowconn`,
    [role],
  );
  for (const place of new Set([...ties.map((tie) => tie.datname), database])) {
    const work = (session: Session) => disownIn(session, role);
    await client.change(place, work).catch((error) => {
      // The database went away between the two statements, and the ties with it.
      if ((error as { code?: string }).code !== "3D000") throw error;
    });
  }
}

async function disownIn(session: Session, role: string): Promise<void> {
  if ((await session.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", [role])).length === 0) return;
  await asMemberOf(session, [role], async () => {
    await session.rows(`REASSIGN OWNED BY ${name(role)} TO CURRENT_USER`);
    await session.rows(`DROP OWNED BY ${name(role)}`);
  });
}
