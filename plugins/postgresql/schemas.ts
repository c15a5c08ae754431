/** Schema. Its id is `<database>.<name>`. */
import type { ResourceType } from "../declared/resource";
import { asMemberOf, type Client, databaseExists, type Session } from "./client";
import { placeAndName } from "./extensions";
import { name } from "./sql";

export const schema: ResourceType<Client> = {
  token: "postgresql:index/schema:Schema",
  named: "name",
  schema: {
    database: { type: "string", computed: true, replace: true },
    dropCascade: { type: "boolean", default: false },
    ifNotExists: { type: "boolean", default: true },
    name: { type: "string", computed: true, fixed: "rename the schema by hand and import it under the new name" },
    owner: { type: "string", computed: true },
    policies: { type: "list", refused: 'they are deprecated, declare a Grant with objectType "schema"' },
  },

  async create(client, desired) {
    const place = client.database(desired.database);
    const schema = String(desired.name);
    await client.change(place, async (session) => {
      const owners = [await databaseOwner(session), ...(desired.owner ? [String(desired.owner)] : [])];
      await asMemberOf(session, owners, async () => {
        const exists = desired.ifNotExists ? "IF NOT EXISTS " : "";
        const authorization = desired.owner ? ` AUTHORIZATION ${name(String(desired.owner))}` : "";
        await session.rows(`CREATE SCHEMA ${exists}${name(schema)}${authorization}`);
        // One that was there already keeps its owner otherwise.
        if (desired.owner) await session.rows(`ALTER SCHEMA ${name(schema)} OWNER TO ${name(String(desired.owner))}`);
      });
    });
    return (await read(client, place, schema)) ?? { id: `${place}.${schema}`, outputs: {} };
  },

  read: (client, _id, state) => read(client, client.database(state.database), String(state.name)),

  async update(client, id, old, desired) {
    const place = client.database(old.database);
    const { owner } = desired;
    if (owner !== undefined && owner !== old.owner) {
      const owners = [String(owner), ...(old.owner ? [String(old.owner)] : [])];
      const statement = `ALTER SCHEMA ${name(String(desired.name))} OWNER TO ${name(String(owner))}`;
      await client.change(place, async (session) => {
        await asMemberOf(session, [...owners, await databaseOwner(session)], () => session.rows(statement));
      });
    }
    return (await read(client, place, String(desired.name))) ?? { id, outputs: {} };
  },

  async delete(client, _id, state) {
    const place = client.database(state.database);
    if (!(await databaseExists(client, place))) return;
    const statement = `DROP SCHEMA IF EXISTS ${name(String(state.name))} ${state.dropCascade ? "CASCADE" : "RESTRICT"}`;
    const owners = state.owner ? [String(state.owner)] : [];
    await client.change(place, (session) => asMemberOf(session, owners, () => session.rows(statement)));
  },
  fromId: (id) => ({ ...placeAndName(id), dropCascade: false, ifNotExists: true }),
};

export async function databaseOwner(session: Session): Promise<string> {
  const [row] = await session.rows<{ owner: string }>(
    "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()",
  );
  return row?.owner ?? "";
}

async function read(client: Client, place: string, schema: string) {
  if (!(await databaseExists(client, place))) return undefined;
  const [row] = await client.rows<{ owner: string }>(
    "SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1",
    [schema],
    place,
  );
  return (
    row && { id: `${place}.${schema}`, outputs: { name: schema, database: place, owner: row.owner, policies: [] } }
  );
}
