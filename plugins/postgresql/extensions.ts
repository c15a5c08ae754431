/** Extension. Its id is `<database>.<name>`. */
import type { Actual, ResourceType } from "../declared/resource";
import { ProviderError } from "../shared/errors";
import { type Client, databaseExists } from "./client";
import { literal, name } from "./sql";

export const extension: ResourceType<Client> = {
  token: "postgresql:index/extension:Extension",
  named: "name",
  schema: {
    createCascade: { type: "boolean", default: false },
    database: { type: "string", computed: true, replace: true },
    dropCascade: { type: "boolean", default: false },
    name: { type: "string", computed: true, replace: true },
    schema: { type: "string", computed: true },
    version: { type: "string", computed: true },
  },

  async create(client, desired) {
    const place = client.database(desired.database);
    const extension = String(desired.name);
    const statement = [
      `CREATE EXTENSION IF NOT EXISTS ${name(extension)}`,
      ...(desired.schema ? [`SCHEMA ${name(String(desired.schema))}`] : []),
      ...(desired.version ? [`VERSION ${literal(String(desired.version))}`] : []),
      ...(desired.createCascade ? ["CASCADE"] : []),
    ].join(" ");
    await client.change(place, (session) => session.rows(statement));
    return (await read(client, place, extension)) ?? { id: `${place}.${extension}`, outputs: {} };
  },

  read: (client, _id, state) => read(client, client.database(state.database), String(state.name)),

  async update(client, id, old, desired) {
    const place = client.database(old.database);
    const target = `ALTER EXTENSION ${name(String(desired.name))}`;
    await client.change(place, async (session) => {
      const { schema, version } = desired;
      if (schema !== undefined && schema !== old.schema)
        await session.rows(`${target} SET SCHEMA ${name(String(schema))}`);
      if (version !== undefined && version !== old.version)
        await session.rows(`${target} UPDATE TO ${literal(String(version))}`);
    });
    return (await read(client, place, String(desired.name))) ?? { id, outputs: {} };
  },

  async delete(client, _id, state) {
    const place = client.database(state.database);
    if (!(await databaseExists(client, place))) return;
    const mode = state.dropCascade ? "CASCADE" : "RESTRICT";
    await client.change(place, (session) =>
      session.rows(`DROP EXTENSION IF EXISTS ${name(String(state.name))} ${mode}`),
    );
  },
  fromId: (id) => ({ ...placeAndName(id), createCascade: false, dropCascade: false }),
};

/** The parts of the id of an object in a database. Throws on any other text. */
export function placeAndName(id: string): Actual {
  const at = id.indexOf(".");
  if (at < 1 || at === id.length - 1) throw new ProviderError(`"${id}" is no id here: give <database>.<name>`);
  return { database: id.slice(0, at), name: id.slice(at + 1) };
}

async function read(client: Client, place: string, extension: string) {
  if (!(await databaseExists(client, place))) return undefined;
  const [row] = await client.rows<{ schema: string; version: string }>(
    "SELECT nspname AS schema, extversion AS version FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = $1",
    [extension],
    place,
  );
  return row && { id: `${place}.${extension}`, outputs: { name: extension, database: place, ...row } };
}
