/** A small lake with real servers, for the MCP server to read: PostgreSQL with pgSTAC, MinIO, and the catalogue service over them. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyFor, users } from "../../../components/access";
import { Client } from "../../../plugins/minio/client";
import { checkout } from "../../../sandbox/paths";
import { exec } from "../../../sandbox/process";
import { ConsoleReporter } from "../../../sandbox/progress";
import { ensureVenv } from "../../../sandbox/toolchain";
import { type MinioServer, startMinio } from "../minio-server";
import { startPostgres } from "../postgres-server";
import { freePort, Processes } from "../processes";

/** An object of the lake, and a flight of it. */
interface Version {
  readonly version: string;
}
interface Flight extends Version {
  readonly project: string;
  readonly flight: string;
}

/** What tasks/tests/assistant_lake.py put in. */
export interface Facts {
  readonly dike: Flight;
  readonly lek: Flight;
  readonly odd: Flight;
  readonly orthophoto: Version & { readonly key: string };
  readonly model: Version & { readonly name: string };
}

export interface AssistantLake {
  readonly facts: Facts;
  /** What the MCP server is told of the lake; the keys are those of `assistant`. */
  readonly env: Readonly<Record<string, string>>;
  /** For certificates, logs and the like. */
  readonly folder: string;
  readonly processes: Processes;
  stop(): Promise<void>;
}

/** The extras of the tests' Python environment, the same as `npm test` makes for the tests in Python. */
const EXTRAS = ["stitch", "detect", "catalog", "serve", "sample", "dev"] as const;

export async function startLake(): Promise<AssistantLake> {
  const folder = await mkdtemp(join(tmpdir(), "drone-lake-mcp-"));
  const processes = new Processes(folder);
  const report = new ConsoleReporter({ out: { write: () => undefined } });
  let closeWebhook = () => {};
  const stop = async () => {
    await processes.stop();
    closeWebhook();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [venv, postgres, store] = await Promise.all([
      ensureVenv(report, EXTRAS),
      startPostgres(join(folder, "postgres"), processes, report),
      startMinio(join(folder, "minio"), processes, report),
    ]);
    closeWebhook = store.stop;
    const python = join(venv, "bin", "python");
    const url = `http://${store.minio.endpoint}`;
    const database = { PGHOST: postgres.host, PGPORT: String(postgres.port), PGPASSWORD: postgres.password };
    const { stdout } = await exec(python, [join(checkout, "tasks", "tests", "assistant_lake.py")], {
      env: { ...database, ...storeEnv(url, store.minio.user, store.minio.password) },
    });
    const facts = JSON.parse(stdout.trim().split("\n").at(-1)!) as Facts;
    const secret = await makeAssistant(store.minio);
    const port = await freePort();
    processes.start({
      name: "catalogue",
      command: join(venv, "bin", "dronelake"),
      args: ["serve"],
      env: {
        ...database,
        PGDATABASE: "lake",
        PGUSER: "catalogue_reader",
        PGSSLMODE: "disable",
        SERVE_PORT: String(port),
      },
    });
    const catalogue = `http://127.0.0.1:${port}`;
    await processes.ready("catalogue", async () => (await fetch(`${catalogue}/readyz`)).ok);
    const env = { CATALOGUE_URL: catalogue, ...storeEnv(url, "assistant", secret) };
    return { facts, env, folder, processes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function storeEnv(url: string, user: string, secret: string): Record<string, string> {
  return { AWS_ENDPOINT_URL_S3: url, AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: secret };
}

/** The identity with the policy that the program gives it; returns its secret key. */
async function makeAssistant({ endpoint: server, user, password }: MinioServer): Promise<string> {
  const client = new Client({ server, user, password, tls: false, insecure: false }, "us-east-1");
  const [name, secretKey] = ["assistant", randomBytes(16).toString("hex")];
  const body = policyFor(users.assistant);
  await client.admin({ method: "PUT", name: "add-canned-policy", query: { name }, body });
  const query = { accessKey: name };
  await client.admin({ method: "PUT", name: "add-user", query, body: { secretKey, status: "enabled" }, sealed: true });
  const attach = { policyName: name, userOrGroup: name, isGroup: "false" };
  await client.admin({ method: "PUT", name: "set-user-or-group-policy", query: attach });
  return secretKey;
}
