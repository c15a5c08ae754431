/** Connections to the server: a pool for each database, reads side by side, changes one after another. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from "pg";
import { ProviderError } from "../shared/errors";
import { name } from "./sql";

export interface Settings {
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  sslmode: "disable" | "require" | "verify-ca" | "verify-full";
  /** PEM file of the authority that signed the server's certificate. */
  sslrootcert?: string;
  /** Whether the user may read stored passwords; false for managed servers. */
  superuser: boolean;
  /** Seconds. */
  connectTimeout: number;
  maxConnections: number;
}

/** What reads and changes run on: a pool's connection or the pool itself. */
export interface Session {
  rows<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
}

/** The key under which every plugin process takes turns ("lake" in ASCII). */
const TURN = 0x6c616b65;
/** Another program changed the same catalogue row, or we waited for each other: run the transaction again. */
const RETRY = new Set(["40001", "40P01"]);

export class Client {
  private readonly pools = new Map<string, Pool>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(readonly settings: Settings) {}

  /** The provider's database where a resource names none. */
  database(named: unknown): string {
    return named ? String(named) : this.settings.database;
  }

  /** One read. */
  async rows<Row extends QueryResultRow>(sql: string, values: unknown[] = [], database = this.settings.database) {
    const session = await this.connect(database);
    try {
      return (await session.query<Row>(sql, values)).rows;
    } finally {
      session.release();
    }
  }

  /**
   * A change in one transaction of `database`. Changes take turns, in this process by a queue and among processes by an advisory lock on
   * the provider's database (those locks count per database): grants rewrite rows that others read ("tuple concurrently updated").
   */
  change<T>(database: string, work: (session: Session) => Promise<T>): Promise<T> {
    return this.inTurn((turn) => this.retrying(() => this.transaction(database, turn, work)));
  }

  /** The same for statements that refuse a transaction, such as CREATE DATABASE. */
  changeOutside<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      const session = await this.connect(this.settings.database);
      try {
        return await work(wrap(session));
      } finally {
        session.release();
      }
    });
  }

  /** Ends our own idle connections to a database that is about to be dropped. */
  async leave(database: string): Promise<void> {
    const pool = this.pools.get(database);
    this.pools.delete(database);
    await pool?.end();
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end()));
  }

  private inTurn<T>(work: (turn: PoolClient) => Promise<T>): Promise<T> {
    const next = this.queue.catch(() => undefined).then(() => this.locked(work));
    this.queue = next;
    return next;
  }

  private async locked<T>(work: (turn: PoolClient) => Promise<T>): Promise<T> {
    const turn = await this.connect(this.settings.database);
    try {
      await turn.query("SELECT pg_advisory_lock($1)", [TURN]);
      try {
        return await work(turn);
      } finally {
        await turn.query("SELECT pg_advisory_unlock($1)", [TURN]);
      }
    } finally {
      turn.release();
    }
  }

  private async transaction<T>(database: string, turn: PoolClient, work: (session: Session) => Promise<T>): Promise<T> {
    const own = database === this.settings.database ? undefined : await this.connect(database);
    const session = own ?? turn;
    try {
      await session.query("BEGIN");
      const result = await work(wrap(session));
      await session.query("COMMIT");
      return result;
    } catch (error) {
      await session.query("ROLLBACK").catch(() => undefined);
      throw error;
    } finally {
      own?.release();
    }
  }

  private async retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const passing = RETRY.has(codeOf(error)) || /tuple concurrently (updated|deleted)/.test(String(error));
        if (!passing || attempt === 5) throw error;
        await sleep(attempt * 100);
      }
    }
  }

  private async connect(database: string): Promise<PoolClient> {
    let pool = this.pools.get(database);
    if (!pool) {
      pool = new Pool(poolConfig(this.settings, database));
      // A connection that the server ends while it is idle (a database is dropped) is no failure of ours.
      pool.on("error", () => undefined);
      this.pools.set(database, pool);
    }
    try {
      return await pool.connect();
    } catch (error) {
      throw this.explain(error, database);
    }
  }

  /** A server that does not answer is an error that says so, so that a refresh never takes silence for "gone". */
  private explain(error: unknown, database: string): unknown {
    const { host, port, username } = this.settings;
    const code = codeOf(error);
    if (code === "3D000") return error;
    const reason = reasonOf(error);
    if (code.startsWith("28"))
      return new ProviderError(`PostgreSQL at ${host}:${port} refuses the login of "${username}": ${reason}`);
    return new ProviderError(
      `PostgreSQL at ${host}:${port} (database "${database}") cannot be reached: ${reason}. Nothing was changed; check that it runs and that the provider's host, port and sslmode are right.`,
    );
  }
}

function wrap(session: PoolClient): Session {
  return { rows: async (sql, values = []) => (await session.query(sql, values)).rows };
}

function poolConfig(settings: Settings, database: string): PoolConfig {
  const { host, port, username, password, sslmode, sslrootcert, connectTimeout, maxConnections } = settings;
  const ca = sslrootcert ? readFileSync(sslrootcert, "utf8") : undefined;
  // As libpq: "require" encrypts and trusts anybody unless a root certificate is given, "verify-ca" does not look at the host's name.
  const rejectUnauthorized = sslmode !== "require" || ca !== undefined;
  const ignoreName = sslmode !== "verify-full" && { checkServerIdentity: () => undefined };
  return {
    ...{ host, port, database, password, user: username },
    ssl: sslmode === "disable" ? false : { ca, rejectUnauthorized, ...ignoreName },
    connectionTimeoutMillis: connectTimeout * 1000,
    idleTimeoutMillis: 2000,
    max: maxConnections > 1 ? maxConnections : 2,
    application_name: "pulumi",
  };
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** Node wraps the failures of several addresses of one host in one error without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** Whether a database is there; connecting to one that is not fails in a way that is hard to tell from others. */
export async function databaseExists(on: Session, database: string): Promise<boolean> {
  return (await on.rows("SELECT 1 FROM pg_database WHERE datname = $1", [database])).length > 0;
}

/**
 * Runs `work` while the user is a member of `roles`, for users that are no superuser (managed servers): changing what a role owns needs
 * that. A role that is itself a member of the user steps out meanwhile, since memberships cannot be circular.
 */
export async function asMemberOf<T>(session: Session, roles: string[], work: () => Promise<T>): Promise<T> {
  const [me] = await session.rows<{ me: string; super: boolean }>(
    "SELECT rolname AS me, rolsuper AS super FROM pg_roles WHERE rolname = current_user",
  );
  if (!me || me.super) return work();
  const undo: string[] = [];
  for (const role of new Set(roles)) {
    const [found] = await session.rows<{ super: boolean; member: boolean; circular: boolean }>(
      `SELECT rolsuper AS super, EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND member = u.oid) AS member,
         EXISTS (SELECT FROM pg_auth_members WHERE roleid = u.oid AND member = r.oid) AS circular
       FROM pg_roles r, (SELECT oid FROM pg_roles WHERE rolname = current_user) u WHERE rolname = $1`,
      [role],
    );
    if (!found || found.super || found.member || role === me.me) continue;
    if (found.circular) {
      await session.rows(`REVOKE ${name(me.me)} FROM ${name(role)}`);
      undo.push(`GRANT ${name(me.me)} TO ${name(role)}`);
    }
    await session.rows(`GRANT ${name(role)} TO ${name(me.me)}`);
    undo.unshift(`REVOKE ${name(role)} FROM ${name(me.me)}`);
  }
  const restore = async () => {
    for (const statement of undo) await session.rows(statement);
  };
  // A failed transaction takes the memberships back by itself and refuses these statements; outside of one they are needed.
  const result = await work().catch(async (error) => {
    await restore().catch(() => undefined);
    throw error;
  });
  await restore();
  return result;
}
