/** The provider's arguments, under the official names and environment variables. */
import { existsSync } from "node:fs";
import type { Actual } from "../declared/resource";
import { atLeast, oneOf, type Schema } from "../declared/schema";
import { Client, type Settings } from "./client";

const cloud = "this build logs in with a user name and a password only; leave it out";

export const config: Schema = {
  host: { type: "string", required: true },
  port: { type: "integer", default: 5432, check: atLeast(1) },
  database: { type: "string", default: "postgres" },
  username: { type: "string", default: "postgres" },
  password: { type: "string", secret: true, default: "" },
  sslmode: { type: "string", default: "require", check: oneOf("disable", "require", "verify-ca", "verify-full") },
  sslrootcert: {
    type: "string",
    check: (value) => (existsSync(String(value)) ? undefined : `names the file ${value}, which does not exist`),
  },
  superuser: { type: "boolean", default: true },
  connectTimeout: { type: "integer", default: 180, check: atLeast(0) },
  maxConnections: { type: "integer", default: 20, check: atLeast(0) },
  scheme: { type: "string", check: (value) => (value === "postgres" ? undefined : `can only be "postgres": ${cloud}`) },
  sslMode: { type: "string", refused: 'it is deprecated, give "sslmode"' },
  clientcert: { type: "object", refused: cloud },
  databaseUsername: { type: "string", refused: cloud },
  expectedVersion: {
    type: "string",
    refused: "this build needs PostgreSQL 13 or later and asks the server; leave it out",
  },
  awsRdsIamAuth: { type: "boolean", refused: cloud },
  awsRdsIamProfile: { type: "string", refused: cloud },
  awsRdsIamProviderRoleArn: { type: "string", refused: cloud },
  awsRdsIamRegion: { type: "string", refused: cloud },
  azureIdentityAuth: { type: "boolean", refused: cloud },
  azureTenantId: { type: "string", refused: cloud },
  gcpIamImpersonateServiceAccount: { type: "string", refused: cloud },
};

export const environment = {
  host: ["PGHOST"],
  port: ["PGPORT"],
  database: ["PGDATABASE"],
  username: ["PGUSER"],
  password: ["PGPASSWORD"],
  superuser: ["PGSUPERUSER"],
  sslmode: ["PGSSLMODE"],
  connectTimeout: ["PGCONNECT_TIMEOUT"],
};

export function toClient(values: Actual): Client {
  const text = (name: string) => String(values[name] ?? "");
  return new Client({
    host: text("host"),
    port: Number(values.port),
    database: text("database"),
    username: text("username"),
    password: text("password"),
    sslmode: text("sslmode") as Settings["sslmode"],
    ...(values.sslrootcert !== undefined && { sslrootcert: text("sslrootcert") }),
    superuser: values.superuser === true,
    connectTimeout: Number(values.connectTimeout),
    maxConnections: Number(values.maxConnections),
  });
}
