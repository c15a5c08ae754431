/** Roles of the database server that nobody declared and that have rights in the lake all the same. */
import type { Client } from "../../plugins/postgresql/client";
import { role } from "../../plugins/postgresql/roles";
import { name } from "../../plugins/postgresql/sql";
import type { Looked } from "../drift";
import { ofType, type Resource } from "../state";

interface Row {
  readonly rolname: string;
  readonly rolsuper: boolean;
  /** Declared roles that it is a member of. */
  readonly roles: string[];
}

export async function lookAtDatabaseRights(client: Client, resources: readonly Resource[]): Promise<Looked[]> {
  const declared = ofType(resources, role.token).map(({ id }) => id);
  const own = client.settings.username;
  const rows = await client.rows<Row>(
    `SELECT rolname, rolsuper,
       ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members
             WHERE member = r.oid AND pg_get_userbyid(roleid) = ANY ($1) ORDER BY 1) AS roles
     FROM pg_roles r WHERE rolname <> ALL ($1) AND rolname <> $2 AND rolname !~ '^pg_' ORDER BY 1`,
    [declared, own],
  );
  return rows
    .filter(({ rolsuper, roles }) => rolsuper || roles.length > 0)
    .map(({ rolname, rolsuper, roles }) => ({
      name: `role ${rolname}`,
      differences: [
        ...(rolsuper ? [{ path: "superuser", is: "true", should: "false" }] : []),
        ...(roles.length > 0 ? [{ path: "roles", is: JSON.stringify(roles), should: "[]" }] : []),
      ],
      restore: () =>
        client.change(client.settings.database, async (session) => {
          if (rolsuper) await session.rows(`ALTER ROLE ${name(rolname)} NOSUPERUSER`);
          for (const one of roles) await session.rows(`REVOKE ${name(one)} FROM ${name(rolname)}`);
        }),
    }));
}
