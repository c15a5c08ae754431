/** What the server says of a role. */
import type { Actual } from "../declared/resource";
import { ProviderError } from "../shared/errors";
import type { Json } from "../shared/values";
import type { Client } from "./client";
import { isStored, matches } from "./scram";

interface Row {
  rolsuper: boolean;
  rolinherit: boolean;
  rolcreaterole: boolean;
  rolcreatedb: boolean;
  rolcanlogin: boolean;
  rolreplication: boolean;
  rolbypassrls: boolean;
  rolconnlimit: number;
  until: string;
  rolconfig: string[] | null;
  roles: string[];
}

/** The role's properties except its password, or `undefined` if there is no such role. */
export async function readRole(client: Client, role: string): Promise<Actual | undefined> {
  const [row] = await client.rows<Row>(
    `SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
       COALESCE(rolvaliduntil::text, 'infinity') AS until, rolconfig,
       ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid ORDER BY 1) AS roles
     FROM pg_roles r WHERE rolname = $1`,
    [role],
  );
  if (!row) return undefined;
  const settings = new Map((row.rolconfig ?? []).map((line) => splitSetting(line)));
  return {
    name: role,
    superuser: row.rolsuper,
    inherit: row.rolinherit,
    createRole: row.rolcreaterole,
    createDatabase: row.rolcreatedb,
    login: row.rolcanlogin,
    replication: row.rolreplication,
    bypassRowLevelSecurity: row.rolbypassrls,
    connectionLimit: row.rolconnlimit,
    validUntil: row.until,
    roles: row.roles.length > 0 ? row.roles : null,
    searchPaths: searchPaths(settings.get("search_path")),
    statementTimeout: milliseconds(settings.get("statement_timeout")),
    idleInTransactionSessionTimeout: milliseconds(settings.get("idle_in_transaction_session_timeout")),
    assumeRole: settings.get("role") ?? "",
  };
}

function splitSetting(line: string): [name: string, value: string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

/** `a, "b c"` as a list of names. */
export function searchPaths(text: string | undefined): string[] | null {
  if (!text) return null;
  const names = text.match(/"(?:[^"]|"")*"|[^\s,]+/g) ?? [];
  return names.map((one) => (one.startsWith('"') ? one.slice(1, -1).replaceAll('""', '"') : one));
}

const UNITS: Record<string, number> = { "": 1, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time setting in milliseconds; 0 for none. Throws on a unit that PostgreSQL does not have. */
export function milliseconds(text: string | undefined): number {
  if (!text) return 0;
  const [, number = "", unit = ""] = /^(\d+)\s*([a-z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (number === "" || factor === undefined)
    throw new ProviderError(`"${text}" is no time that this build understands`);
  return Number(number) * factor;
}

/**
 * The password for the state: the known one while the server's verifier fits it. Otherwise what the server stores, so that the change
 * is seen and mended. (The official plugin does not look behind SCRAM verifiers.)
 */
export async function passwordSeen(
  client: Client,
  role: string,
  known: Json | undefined,
  login: boolean,
): Promise<Json> {
  if (!known || !login || !client.settings.superuser) return known ?? null;
  const [user] = await client.rows<{ super: boolean }>(
    "SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user",
  );
  if (!user?.super) {
    throw new ProviderError(
      `the stored password of role "${role}" cannot be read: "${client.settings.username}" is no superuser. Set \`superuser: false\` in the provider's arguments.`,
    );
  }
  const [row] = await client.rows<{ stored: string | null }>(
    "SELECT rolpassword AS stored FROM pg_authid WHERE rolname = $1",
    [role],
  );
  const stored = row?.stored ?? "";
  if (isStored(String(known)) || matches(stored, String(known), role) === false || stored === "")
    return stored === known ? known : stored;
  return known;
}
