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

/** Folders of the pod with the settings and the certificate, and the name of the file that says who may connect. */
export const SETTINGS = "/etc/postgresql/conf.d";
export const CERTIFICATE = "/etc/postgresql/tls";
export const HBA = "lake.hba";

/** Settings of a server that nothing but its own pod configures. */
export const standaloneParameters = {
  listen_addresses: "*",
  hba_file: `${SETTINGS}/${HBA}`,
  ssl: "on",
  ssl_cert_file: `${CERTIFICATE}/tls.crt`,
  ssl_key_file: `${CERTIFICATE}/tls.key`,
};

/** The server's own pod is let in by its user's name; everybody else encrypts and has a password. */
export const whoMayConnect = "local all all peer\nhostssl all all all scram-sha-256\n";

/** Settings in the form of postgresql.conf. */
export function settingsFile(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = '${value}'\n`)
    .join("");
}
