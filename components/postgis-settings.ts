import type { DatabaseConfig } from "../config/schema-servers";
import { bytesOf } from "../config/values";

/** Settings of PostgreSQL that do not depend on what runs it. */
export function serverParameters(
  config: Pick<DatabaseConfig, "maxConnections" | "sharedBuffers">,
): Record<string, string> {
  return {
    max_connections: String(config.maxConnections),
    // PostgreSQL's kB are 1024 bytes.
    shared_buffers: `${Math.floor(bytesOf(config.sharedBuffers) / 1024)}kB`,
    password_encryption: "scram-sha-256",
    log_connections: "on",
    log_min_duration_statement: "5s",
  };
}

/** Settings in the form of postgresql.conf. */
export function settingsFile(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = '${value}'\n`)
    .join("");
}
