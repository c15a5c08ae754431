import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, type ClientConfig } from "pg";
import { exec } from "../../sandbox/process";
import type { Reporter } from "../../sandbox/progress";
import { ensureTool, postgresBin, postgresEnv } from "../../sandbox/toolchain";
import { freePort, type Processes, tied } from "./processes";

export interface PostgresServer {
  host: string;
  port: number;
  /** The superuser. */
  user: string;
  password: string;
}

export interface Started {
  /** Settings besides the tests' own. */
  settings?: Record<string, string>;
  /** Name of the process and of its log. */
  name?: string;
  /** Checks certificates of a server that has one. */
  ssl?: ClientConfig["ssl"];
}

/** PostgreSQL with PostGIS, in a new cluster without fsync. */
export async function startPostgres(
  folder: string,
  processes: Processes,
  report: Reporter,
  { settings = {}, name = "postgres", ssl }: Started = {},
): Promise<PostgresServer> {
  const root = await ensureTool("postgres", report);
  const [bin, libraries] = [await postgresBin(root), await postgresEnv(root)];
  const env = { ...libraries, LC_ALL: "C.UTF-8" };
  const postgres = {
    host: "127.0.0.1",
    port: await freePort(),
    user: "postgres",
    password: randomBytes(16).toString("hex"),
  };
  mkdirSync(folder, { recursive: true });
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, postgres.password, { mode: 0o600 });
  const data = join(folder, "data");
  // PostgreSQL refuses to run as root. Root becomes another user of a namespace of its own, which can still read what root owns.
  const isRoot = process.getuid?.() === 0;
  const as = (program: string, args: string[]) => {
    // Entering the namespace takes the tie away, so it is made anew inside.
    const inner = tied(join(bin, program), args);
    const outside = ["--user", "--map-user=65534", "--map-group=65534", inner.command, ...inner.args];
    return isRoot ? { command: "unshare", args: outside } : inner;
  };
  const init = as("initdb", [
    ...["-D", data, "-U", postgres.user, "-E", "UTF8", "--auth=scram-sha-256", "--no-sync", "--pwfile", passwordFile],
  ]);
  await exec(init.command, init.args, { env });
  const serve = as("postgres", [
    ...["-D", data, "-p", String(postgres.port), "-k", folder, "-c", "listen_addresses=127.0.0.1"],
    ...["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=100"],
    ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
  ]);
  processes.start({ name, ...serve, env });
  await processes.ready(name, async () => {
    const client = new Client({ ...postgres, database: "postgres", ssl });
    await client.connect();
    await client.end();
    return true;
  });
  return postgres;
}
