import { join } from "node:path";
import { SandboxError } from "./errors";
import { runInForeground } from "./process";
import type { StackOutputs } from "./pulumi";
import type { Extra } from "./toolchain/venv";

/** What the host's dronelake commands are made of: photographs of the generated dike, and a model that is tried before it is published. */
export const LAKE_EXTRAS = ["sample", "detect"] as const;

/** What one of them is made of. A stitching that is done again here needs what its step has in the cluster. */
export function extrasOf(command: string): readonly Extra[] {
  return command === "rerun" ? [...LAKE_EXTRAS, "stitch"] : LAKE_EXTRAS;
}

/** Which identity's keys a dronelake command gets: the least that can do it. */
const IDENTITIES: Readonly<Record<string, string>> = {
  upload: "drone-operator",
  "publish-model": "data-scientist",
};
/** Who only reads, in the object store and in the database. */
export const READER = "stagiair";

/** The variables that tell a dronelake command where the lake is and who it is. Never printed, never in an argument. */
export function lakeEnv(command: string, outputs: StackOutputs, codeVersion: string): Record<string, string> {
  return { ...clientEnv(IDENTITIES[command] ?? READER, outputs), CODE_VERSION: codeVersion };
}

/** The variables with which clients find the lake, with the S3 keys of an identity; the database they only read, whoever asks. */
export function clientEnv(identity: string, outputs: StackOutputs): Record<string, string> {
  const { database, ...identities } = outputs.credentials;
  const keys = identities[identity];
  if (!keys) {
    const known = Object.keys(identities).join(", ");
    throw new SandboxError(`the stack has no identity "${identity}"; it has ${known}`, 2);
  }
  return {
    AWS_ENDPOINT_URL_S3: outputs.objectStore.url,
    AWS_CA_BUNDLE: outputs.objectStore.caFile,
    GDAL_CURL_CA_BUNDLE: outputs.objectStore.caFile,
    AWS_ACCESS_KEY_ID: keys.accessKey,
    AWS_SECRET_ACCESS_KEY: keys.secretKey,
    AWS_REGION: "us-east-1",
    ...catalogueEnv(outputs),
    ...databaseEnv(outputs),
    PGPASSWORD: database[READER] ?? "",
  };
}

/** The variables with which psql and its like find the database, as the role that only reads; without its password. */
export function databaseEnv(outputs: StackOutputs): Record<string, string> {
  const { host, port, database, caFile } = outputs.postgresEndpoint;
  const checked = { PGSSLMODE: "verify-full", PGSSLROOTCERT: caFile };
  return { PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: READER, ...checked };
}

/** The variables with which clients of the catalogue find it; none for an instance that an older checkout brought up. */
export function catalogueEnv({ catalogueUrl, objectStore }: StackOutputs): Record<string, string> {
  return catalogueUrl ? { CATALOGUE_URL: catalogueUrl, CATALOGUE_CA_FILE: objectStore.caFile } : {};
}

/** Runs a dronelake command in the foreground, in the folder `cwd`, and returns its exit code. */
export function runLake(
  venv: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<number> {
  return runInForeground(join(venv, "bin", "dronelake"), args, { env, cwd });
}
