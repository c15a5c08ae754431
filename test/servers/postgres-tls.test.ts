import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as postgresql from "@pulumi/postgresql";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { standaloneParameters, whoMayConnect } from "../../components/postgis-settings";
import { ensureAuthority, issue } from "../../sandbox/cluster/pki";
import { checkout } from "../../sandbox/paths";
import { ConsoleReporter } from "../../sandbox/progress";
import { ensureTool, postgresBin, postgresEnv } from "../../sandbox/toolchain";
import { type PostgresServer, startPostgres } from "./postgres-server";
import { Processes } from "./processes";
import { Deployer } from "./stack";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const report = new ConsoleReporter({ out: { write: () => undefined } });

let folder: string;
let processes: Processes;
let server: PostgresServer;
let ca: string;

/** The server's certificate, as a file of the folder `file` that was issued for an address. */
async function certificate(file: string, address: string) {
  const by = await ensureAuthority({ cert: join(folder, "ca.crt"), key: join(folder, "ca.key") }, "lake");
  return issue(folder, file, by, { name: "postgis", addresses: [address] });
}

/** Copies a pair to where the server reads it, as a renewed Secret appears in its volume. */
function show({ cert, key }: { cert: string; key: string }): void {
  copyFileSync(key, join(folder, "tls", "tls.key"));
  copyFileSync(cert, join(folder, "tls", "tls.crt"));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drone-lake-postgres-tls-"));
  processes = new Processes(folder);
  mkdirSync(join(folder, "tls"));
  show(await certificate("first", "127.0.0.1"));
  ca = readFileSync(join(folder, "ca.crt"), "utf8");
  // The server of a test runs as a user without a name, whom `peer` cannot let in.
  writeFileSync(join(folder, "lake.hba"), whoMayConnect.replace("peer", "trust"));
  const settings = {
    ...standaloneParameters,
    listen_addresses: "127.0.0.1",
    hba_file: join(folder, "lake.hba"),
    ssl_cert_file: join(folder, "tls", "tls.crt"),
    ssl_key_file: join(folder, "tls", "tls.key"),
  };
  const home = join(folder, "server");
  server = await startPostgres(home, processes, report, {
    settings,
    name: "postgres-tls",
    ssl: { ca },
  });
});

afterAll(async () => {
  await processes?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function connect(ssl: object | false): Promise<unknown> {
  const client = new Client({ ...server, database: "postgres", ssl });
  await client.connect();
  try {
    return (await client.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")).rows[0].ssl;
  } finally {
    await client.end();
  }
}

it("lets in who encrypts and checks, and nobody who does not encrypt", async () => {
  expect(await connect({ ca })).toBe(true);
  await expect(connect(false)).rejects.toThrow(/no pg_hba.conf entry .* no encryption/);
  await expect(connect({})).rejects.toThrow(/self[- ]signed|unable to (verify|get)/i);
});

it("is reached by the provider at an address that its certificate names", async () => {
  const { host, port, user: username, password } = server;
  const sslrootcert = join(folder, "ca.crt");
  const deployer = await Deployer.create(["postgresql"]);
  const up = (given: string) =>
    deployer.up(async () => {
      const args = { host: given, port, username, password, sslmode: "verify-full", sslrootcert, maxConnections: 1 };
      const provider = new postgresql.Provider("tls", args);
      new postgresql.Role(given, { name: `made at ${given}`, login: false }, { provider });
    });
  try {
    expect((await up(host)).output).not.toMatch(/error/);
    expect((await up("localhost")).output).toMatch(/does not match certificate's altnames: Host: localhost/);
  } finally {
    deployer.remove();
  }
});

it("loads a renewed certificate without a restart", async () => {
  const root = await ensureTool("postgres", report);
  const path = [await postgresBin(root), process.env.PATH].join(delimiter);
  const env = { ...(await postgresEnv(root)), PATH: path, PGHOST: join(folder, "server"), PGPORT: String(server.port) };
  const watched = join(folder, "tls", "tls.crt");
  const script = join(checkout, "images", "postgis", "reload-on-renewal.sh");
  processes.start({ name: "renewals", command: script, args: [watched, "1"], env });
  expect(await connect({ ca, host: "127.0.0.1" })).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  show(await certificate("second", "127.0.0.9"));
  await expect.poll(() => connect({ ca, host: "127.0.0.9" }).catch(String), { timeout: 60_000 }).toBe(true);
});
