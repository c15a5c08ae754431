/**
 * Who may do more with the tables that the migrations made than they were made with: Pulumi declares it for tables to come
 * (DefaultPrivileges), and never reads what holds for those that are there. Who may do less is the migrations' business.
 */
import type { Client } from "../../plugins/postgresql/client";
import { defaultPrivileges } from "../../plugins/postgresql/default-privileges";
import { grant } from "../../plugins/postgresql/grants";
import { name } from "../../plugins/postgresql/sql";
import type { Looked } from "../drift";
import { ofType, type Resource } from "../state";

interface Row {
  readonly table: string;
  readonly grantee: string;
  readonly held: string[];
}

export async function lookAtTableGrants(client: Client, resources: readonly Resource[]): Promise<Looked[]> {
  const declared = [defaultPrivileges.token, grant.token]
    .flatMap((type) => ofType(resources, type))
    .map(({ inputs }) => inputs)
    .filter(({ objectType, schema }) => objectType === "table" && schema);
  const places = new Map(
    declared
      .filter(({ owner }) => owner)
      .map((inputs) => [`${inputs.database} ${inputs.schema} ${inputs.owner}`, inputs]),
  );
  const found = await Promise.all(
    [...places.values()].map(async ({ database, schema, owner }) => {
      const allowed = (table: string, role: string) =>
        declared
          .filter((inputs) => inputs.schema === schema && inputs.role === role && covers(inputs.objects, table))
          .flatMap(({ privileges }) => privileges as string[]);
      const rows = await tableRights(client, String(database), String(schema), String(owner));
      return rows.flatMap(({ table, grantee, held }): Looked[] => {
        const granted = allowed(table, grantee);
        const beyond = held.filter((privilege) => !granted.includes(privilege));
        if (beyond.length === 0) return [];
        const should = held.filter((privilege) => granted.includes(privilege));
        const on = `${name(String(schema))}.${name(table)}`;
        const to = grantee === "public" ? "PUBLIC" : name(grantee);
        const difference = { path: "privileges", is: JSON.stringify(held), should: JSON.stringify(should) };
        return [
          {
            name: `table ${schema}.${table} of database ${database}, rights of ${grantee}`,
            differences: [difference],
            restore: () =>
              client.change(String(database), (session) =>
                session.rows(`REVOKE ${beyond.join(", ")} ON TABLE ${on} FROM ${to}`),
              ),
          },
        ];
      });
    }),
  );
  return found.flat();
}

function covers(objects: unknown, table: string): boolean {
  return !Array.isArray(objects) || objects.length === 0 || objects.includes(table);
}

/** What everybody but the owner holds on each of the owner's tables and views in a schema. */
function tableRights(client: Client, database: string, schema: string, owner: string): Promise<Row[]> {
  return client.rows<Row>(
    `SELECT relname AS table, COALESCE(rolname, 'public') AS grantee, array_agg(privilege_type ORDER BY privilege_type) AS held
     FROM pg_class CROSS JOIN aclexplode(relacl) LEFT JOIN pg_roles g ON g.oid = grantee
     WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind IN ('r', 'p', 'v', 'm', 'f')
       AND pg_get_userbyid(relowner) = $2 AND grantee <> relowner
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [schema, owner],
    database,
  );
}
