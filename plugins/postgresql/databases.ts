/** Database. */
import type { Desired, ResourceType } from "../declared/resource";
import { atLeast } from "../declared/schema";
import { asMemberOf, type Client, databaseExists } from "./client";
import { literal, name } from "./sql";

const atCreation = { type: "string", computed: true, replace: true } as const;

export const database: ResourceType<Client> = {
  token: "postgresql:index/database:Database",
  named: "name",
  schema: {
    allowConnections: { type: "boolean", default: true },
    alterObjectOwnership: { type: "boolean", default: false },
    connectionLimit: { type: "integer", default: -1, check: atLeast(-1) },
    encoding: atCreation,
    isTemplate: { type: "boolean", computed: true },
    lcCollate: atCreation,
    lcCtype: atCreation,
    name: { type: "string", computed: true, fixed: "rename the database by hand and import it under the new name" },
    owner: { type: "string", computed: true },
    tablespaceName: { type: "string", computed: true },
    template: atCreation,
  },

  async create(client, desired) {
    const database = String(desired.name);
    const owner = String(desired.owner ?? client.settings.username);
    await client.changeOutside((session) =>
      asMemberOf(session, [owner], () =>
        session.rows(`CREATE DATABASE ${name(database)} ${createOptions(owner, desired)}`),
      ),
    );
    return (await read(client, database)) ?? { id: database, outputs: {} };
  },

  async read(client, id, state) {
    const found = await read(client, id);
    return found && { id, outputs: { ...found.outputs, template: state.template ?? "template0" } };
  },

  async update(client, id, old, desired) {
    const owner = desired.owner === undefined || desired.owner === old.owner ? undefined : String(desired.owner);
    if (owner && desired.alterObjectOwnership && old.owner) {
      const roles = [String(old.owner), owner];
      await client.change(id, (session) =>
        asMemberOf(session, roles, () =>
          session.rows(`REASSIGN OWNED BY ${name(String(old.owner))} TO ${name(owner)}`),
        ),
      );
    }
    await client.changeOutside(async (session) => {
      const alter = `ALTER DATABASE ${name(id)}`;
      if (owner) await asMemberOf(session, [owner], () => session.rows(`${alter} OWNER TO ${name(owner)}`));
      const { tablespaceName, isTemplate } = desired;
      if (tablespaceName !== undefined && tablespaceName !== old.tablespaceName) {
        await client.leave(id);
        await session.rows(`${alter} SET TABLESPACE ${name(String(tablespaceName))}`);
      }
      await session.rows(`${alter} CONNECTION LIMIT ${Number(desired.connectionLimit)}`);
      await session.rows(`${alter} ALLOW_CONNECTIONS ${desired.allowConnections === true}`);
      if (isTemplate !== undefined) await session.rows(`${alter} IS_TEMPLATE ${isTemplate === true}`);
    });
    return (await read(client, id)) ?? { id, outputs: {} };
  },

  async delete(client, id, state) {
    await client.leave(id);
    await client.changeOutside(async (session) => {
      // On the connection that we have: the pool may hold no more.
      if (!(await databaseExists(session, id))) return;
      await asMemberOf(session, state.owner ? [String(state.owner)] : [], async () => {
        if (state.isTemplate) await session.rows(`ALTER DATABASE ${name(id)} IS_TEMPLATE false`);
        await session.rows(`DROP DATABASE IF EXISTS ${name(id)} WITH (FORCE)`);
      });
    });
  },
  fromId: () => ({ alterObjectOwnership: false }),
};

/** A fresh database is a copy of `template0`, so that it has nothing in it that somebody added to `template1`. */
function createOptions(owner: string, desired: Desired): string {
  const option = (word: string, value: unknown, quote: (text: string) => string) =>
    value === undefined
      ? []
      : [`${word} ${String(value).toUpperCase() === "DEFAULT" ? "DEFAULT" : quote(String(value))}`];
  return [
    ...option("OWNER", owner, name),
    ...option("TEMPLATE", desired.template ?? "template0", name),
    ...option("ENCODING", desired.encoding ?? "UTF8", literal),
    ...option("LC_COLLATE", desired.lcCollate, literal),
    ...option("LC_CTYPE", desired.lcCtype, literal),
    ...option("TABLESPACE", desired.tablespaceName, name),
    `ALLOW_CONNECTIONS ${desired.allowConnections === true}`,
    `CONNECTION LIMIT ${Number(desired.connectionLimit)}`,
    `IS_TEMPLATE ${desired.isTemplate === true}`,
  ].join(" ");
}

interface Row {
  owner: string;
  encoding: string;
  datcollate: string;
  datctype: string;
  spcname: string;
  datconnlimit: number;
  datallowconn: boolean;
  datistemplate: boolean;
}

async function read(client: Client, database: string) {
  const [row] = await client.rows<Row>(
    `SELECT pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, spcname, datconnlimit,
       datallowconn, datistemplate FROM pg_database d JOIN pg_tablespace t ON dattablespace = t.oid WHERE datname = $1`,
    [database],
  );
  if (!row) return undefined;
  return {
    id: database,
    outputs: {
      name: database,
      owner: row.owner,
      encoding: row.encoding,
      lcCollate: row.datcollate,
      lcCtype: row.datctype,
      tablespaceName: row.spcname,
      connectionLimit: row.datconnlimit,
      allowConnections: row.datallowconn,
      isTemplate: row.datistemplate,
    },
  };
}
