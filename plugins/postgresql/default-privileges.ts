/** DefaultPrivileges: what a role may do with the objects that another role will create. */
import type { Actual, Desired, ResourceType } from "../declared/resource";
import { oneOf } from "../declared/schema";
import { asMemberOf, type Client, type Session } from "./client";
import { holdersExist } from "./grants";
import { privilegeList, privilegesSeen, wrongPrivileges } from "./privileges";
import { name } from "./sql";

const identity = { type: "string", required: true, replace: true } as const;
/** `defaclobjtype` of pg_default_acl. */
const KINDS: Record<string, string> = {
  table: "r",
  sequence: "S",
  function: "f",
  routine: "f",
  type: "T",
  schema: "n",
};

export const defaultPrivileges: ResourceType<Client> = {
  token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  deleteBeforeReplace: true,
  schema: {
    database: identity,
    objectType: { ...identity, check: oneOf(...Object.keys(KINDS)) },
    owner: identity,
    privileges: { type: "set", of: { type: "string" }, required: true },
    role: identity,
    schema: { type: "string", replace: true },
    withGrantOption: { type: "boolean", default: false, replace: true },
  },

  checkTogether(inputs) {
    const found = wrongPrivileges(inputs);
    if (inputs.objectType === "schema" && inputs.schema)
      found.push({ property: "schema", reason: '"schema" cannot be given when the objects are schemas' });
    if (inputs.withGrantOption && inputs.role === "public")
      found.push({ property: "withGrantOption", reason: '"withGrantOption" cannot be given to "public"' });
    return found;
  },

  create: (client, desired) => put(client, desired),
  update: (client, _id, _old, desired) => put(client, desired),

  async read(client, _id, state) {
    if (!(await holdersExist(client, state))) return undefined;
    const rows = await client.rows<{ privilege: string; option: boolean }>(
      `SELECT privilege_type AS privilege, is_grantable AS option FROM pg_default_acl d CROSS JOIN aclexplode(defaclacl)
       LEFT JOIN pg_namespace n ON n.oid = defaclnamespace
       WHERE defaclobjtype = $1 AND pg_get_userbyid(defaclrole) = $2 AND COALESCE(nspname, '') = $3
         AND grantee = COALESCE((SELECT oid FROM pg_roles WHERE rolname = $4), 0) ORDER BY 1`,
      [KINDS[String(state.objectType)], state.owner, state.schema ?? "", state.role],
      String(state.database),
    );
    if (rows.length === 0 && privilegeList(state).length > 0) return undefined;
    const held = rows.map(({ privilege }) => privilege);
    const asked = state.withGrantOption === true;
    const withGrantOption = rows.some(({ option }) => option !== asked) ? !asked : asked;
    return { id: idOf(state), outputs: { ...state, privileges: privilegesSeen(held, state), withGrantOption } };
  },

  async delete(client, _id, state) {
    if (!(await holdersExist(client, state))) return;
    await change(client, state, (session) => session.rows(statement(state, "REVOKE", "ALL", "FROM")));
  },
};

/** Takes everything away and gives the new privileges in one transaction. */
async function put(client: Client, desired: Desired) {
  await change(client, desired, async (session) => {
    await session.rows(statement(desired, "REVOKE", "ALL", "FROM"));
    const privileges = privilegeList(desired);
    if (privileges.length === 0) return;
    const option = desired.withGrantOption ? " WITH GRANT OPTION" : "";
    await session.rows(statement(desired, "GRANT", privileges.join(", "), "TO") + option);
  });
  return { id: idOf(desired), outputs: {} };
}

function change(client: Client, state: Actual, work: (session: Session) => Promise<unknown>): Promise<unknown> {
  return client.change(String(state.database), (session) =>
    asMemberOf(session, [String(state.owner)], () => work(session)),
  );
}

function statement(state: Actual, verb: "GRANT" | "REVOKE", privileges: string, preposition: "TO" | "FROM"): string {
  const schema = state.schema ? ` IN SCHEMA ${name(String(state.schema))}` : "";
  const owner = name(String(state.owner));
  const objects = `${String(state.objectType).toUpperCase()}S`;
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner}${schema} ${verb} ${privileges} ON ${objects} ${preposition} ${name(String(state.role))}`;
}

function idOf(state: Actual): string {
  return [state.role, state.database, state.schema || "noschema", state.owner, state.objectType].map(String).join("_");
}
