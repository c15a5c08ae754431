/** Grant: a role's privileges on a database, a schema, or objects in a schema. */
import type { Actual, Desired, ResourceType } from "../declared/resource";
import { oneOf } from "../declared/schema";
import { ProviderError } from "../shared/errors";
import { asMemberOf, type Client, databaseExists, type Session } from "./client";
import { privilegeList, privilegesSeen, wrongPrivileges } from "./privileges";
import { databaseOwner } from "./schemas";
import { name, objectIn } from "./sql";

const identity = { type: "string", required: true, replace: true } as const;

export const grant: ResourceType<Client> = {
  token: "postgresql:index/grant:Grant",
  // The official plugin grants to the new one and then revokes the old one, which takes away what both have.
  deleteBeforeReplace: true,
  schema: {
    columns: { type: "set", of: { type: "string" }, refused: "grant on whole tables, or by hand" },
    database: identity,
    objectType: {
      ...identity,
      check: oneOf("database", "schema", "table", "sequence", "function", "procedure", "routine"),
    },
    objects: { type: "set", of: { type: "string" }, replace: true },
    privileges: { type: "set", of: { type: "string" }, required: true },
    role: identity,
    schema: { type: "string", replace: true },
    withGrantOption: { type: "boolean", default: false, replace: true },
  },

  checkTogether(inputs) {
    const found = wrongPrivileges(inputs);
    const type = String(inputs.objectType);
    if ("objectType" in inputs && type !== "database" && inputs.schema === "")
      found.push({ property: "schema", reason: `"schema" is required for a ${type}` });
    if (["database", "schema"].includes(type) && Array.isArray(inputs.objects) && inputs.objects.length > 0)
      found.push({ property: "objects", reason: `"objects" cannot be given for a ${type}` });
    return found;
  },

  create: (client, desired) => put(client, desired, desired),
  update: (client, _id, old, desired) => put(client, old, desired),

  async read(client, _id, state) {
    if (!(await holdersExist(client, state))) return undefined;
    const { held, withGrantOption } = await heldPrivileges(client, state);
    return { id: grantId(state), outputs: { ...state, privileges: privilegesSeen(held, state), withGrantOption } };
  },

  async delete(client, _id, state) {
    if (!(await holdersExist(client, state))) return;
    await client.change(String(state.database), async (session) => {
      await asMemberOf(session, await owners(session, state), () => session.rows(revokeStatement(state)));
    });
  },
};

/** Takes the old privileges away and gives the new ones in one transaction, so that the role never is without both. */
async function put(client: Client, old: Actual, desired: Desired) {
  if (desired.objectType !== "database" && !desired.schema)
    throw new ProviderError(`postgresql:index/grant:Grant: "schema" is required for a ${desired.objectType}`);
  await client.change(String(desired.database), async (session) => {
    await asMemberOf(session, await owners(session, desired), async () => {
      await session.rows(revokeStatement(old));
      const privileges = privilegeList(desired);
      if (privileges.length === 0) return;
      const option = desired.withGrantOption ? " WITH GRANT OPTION" : "";
      await session.rows(
        `GRANT ${privileges.join(", ")} ON ${target(desired)} TO ${name(String(desired.role))}${option}`,
      );
    });
  });
  return { id: grantId(desired), outputs: {} };
}

function revokeStatement(state: Actual): string {
  // On single objects only what was given goes: REVOKE ALL would take grants on their columns too.
  const some = objectsIn(state).length > 0 ? privilegeList(state) : [];
  const privileges = some.length > 0 ? some.join(", ") : "ALL PRIVILEGES";
  return `REVOKE ${privileges} ON ${target(state)} FROM ${name(String(state.role))}`;
}

function target(state: Actual): string {
  const type = String(state.objectType).toUpperCase();
  const schema = String(state.schema ?? "");
  if (type === "DATABASE") return `DATABASE ${name(String(state.database))}`;
  if (type === "SCHEMA") return `SCHEMA ${name(schema)}`;
  const objects = objectsIn(state);
  if (objects.length === 0) return `ALL ${type}S IN SCHEMA ${name(schema)}`;
  return `${type} ${objects.map((object) => objectIn(schema, object)).join(", ")}`;
}

function objectsIn(state: Actual): string[] {
  return ((state.objects ?? []) as string[]).toSorted();
}

function grantId(state: Actual): string {
  const schema = state.objectType === "database" ? [] : [String(state.schema)];
  return [state.role, state.database, ...schema, state.objectType, ...objectsIn(state)].map(String).join("_");
}

/** Whether role, database and schema are there; a grant on what is gone is gone. */
export async function holdersExist(client: Client, state: Actual): Promise<boolean> {
  const place = String(state.database);
  if (!(await databaseExists(client, place))) return false;
  const [found] = await client.rows<{ role: boolean; schema: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role, EXISTS (SELECT FROM pg_namespace WHERE nspname = $2) AS schema",
    [state.role, state.schema ?? ""],
    place,
  );
  const withoutSchema = !state.schema || state.objectType === "database";
  return (found?.role === true || state.role === "public") && (found?.schema === true || withoutSchema);
}

/** Who must be ourselves to grant, for users that are no superuser. */
async function owners(session: Session, state: Actual): Promise<string[]> {
  if (state.objectType === "database") return [];
  const rows = await session.rows<{ owner: string }>(
    `SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1
       UNION SELECT tableowner FROM pg_tables WHERE schemaname = $1 AND $2 <> 'schema'`,
    [state.schema, state.objectType],
  );
  const real = await databaseOwner(session);
  return rows.map((row) => (row.owner === "pg_database_owner" ? real : row.owner));
}

const GRANTEE = "COALESCE((SELECT oid FROM pg_roles WHERE rolname = $1), 0)";

/**
 * The privileges that the role has; of several objects, those of the first that has other ones than asked for. The grant option is as asked
 * for if it is so for all of them.
 */
async function heldPrivileges(client: Client, state: Actual): Promise<{ held: string[]; withGrantOption: boolean }> {
  const place = String(state.database);
  const type = String(state.objectType);
  const privileges = (acl: string) =>
    `ARRAY(SELECT privilege_type FROM aclexplode(${acl}) WHERE grantee = ${GRANTEE} ORDER BY 1) AS held,
     (SELECT bool_or(is_grantable <> $3::boolean) FROM aclexplode(${acl}) WHERE grantee = ${GRANTEE}) AS other`;
  const kinds = type === "sequence" ? "'S'" : "'r', 'p', 'v', 'm', 'f'";
  const queries: Record<string, string> = {
    database: `SELECT '' AS object, ${privileges("datacl")} FROM pg_database WHERE datname = $2`,
    schema: `SELECT '' AS object, ${privileges("nspacl")} FROM pg_namespace WHERE nspname = $2`,
    relation: `SELECT relname AS object, ${privileges("relacl")} FROM pg_class WHERE relnamespace = $2::text::regnamespace AND relkind IN (${kinds}) ORDER BY 1`,
    routine: `SELECT proname AS object, ${privileges("proacl")} FROM pg_proc WHERE pronamespace = $2::text::regnamespace AND ${prokinds(type)} ORDER BY 1`,
  };
  const plain = type === "database" || type === "schema";
  const relation = type === "table" || type === "sequence";
  const query = queries[plain ? type : relation ? "relation" : "routine"] as string;
  const subject = type === "database" ? place : plain ? String(state.schema) : name(String(state.schema));
  const option = state.withGrantOption === true;
  const parameters = [state.role, subject, option];
  const rows = await client.rows<{ object: string; held: string[]; other: boolean | null }>(query, parameters, place);
  const wanted = objectsIn(state).map((object) => object.replace(/\s*\(.*$/, ""));
  const relevant = rows.filter((row) => plain || wanted.length === 0 || wanted.includes(row.object));
  const asked = privilegeList(state);
  const other = relevant.find(
    (row) => privilegesSeen(row.held, state) !== asked && String(privilegesSeen(row.held, state)) !== String(asked),
  );
  const withGrantOption = relevant.some((row) => row.other) ? !option : option;
  // Nothing to grant on yet: what was asked for holds for all there is.
  return { held: (other ?? relevant[0])?.held ?? asked, withGrantOption };
}

function prokinds(type: string): string {
  if (type === "function") return "prokind IN ('f', 'a', 'w')";
  return type === "procedure" ? "prokind = 'p'" : "true";
}
