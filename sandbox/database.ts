import { readFileSync } from "node:fs";
import { Client } from "pg";
import type { StackOutputs } from "./pulumi";

/** A client of the lake's database as one of its login roles; whoever makes it connects and ends it. */
export function databaseClient(
  { postgresEndpoint, credentials }: StackOutputs,
  role: string,
  options?: string,
): Client {
  const { host, port, database, caFile } = postgresEndpoint;
  return new Client({
    host,
    port,
    database,
    user: role,
    password: credentials.database[role],
    ssl: { ca: readFileSync(caFile, "utf8") },
    connectionTimeoutMillis: 10_000,
    options,
  });
}
