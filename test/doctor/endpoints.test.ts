import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Context } from "../../doctor/check";
import { databaseEndpoint } from "../../doctor/checks/database-endpoint";
import { objectStoreEndpoint } from "../../doctor/checks/object-store-endpoint";
import type { ClusterReader } from "../../doctor/cluster";
import { startTls } from "../../doctor/postgres";
import { environment } from "../config/values";
import { localhostCertificate } from "./certificate";

// A busy machine takes its time over a handshake.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "lake-endpoints-"));
const caFile = join(folder, "ca.pem");
let pair: Awaited<ReturnType<typeof localhostCertificate>>;
const servers: Server[] = [];

beforeAll(async () => {
  pair = await localhostCertificate();
  writeFileSync(caFile, pair.cert);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return (server.address() as AddressInfo).port;
}

/** What answers the question of a PostgreSQL client whether TLS is spoken, and goes on as the answer says. */
function postgres(answer: string): Promise<number> {
  const begin = (socket: Socket) =>
    socket.once("data", (question) => {
      // A length of eight bytes, and the code 1234 5679 in two halves.
      expect([question.readInt32BE(0), question.readInt16BE(4), question.readInt16BE(6)]).toEqual([8, 1234, 5679]);
      socket.write(answer);
      if (answer === "S") new TLSSocket(socket, { isServer: true, ...pair }).on("error", () => socket.destroy());
    });
  return listen(createServer((socket) => begin(socket.on("error", () => undefined))));
}

describe("TLS of a PostgreSQL server", () => {
  const to = (port: number, more: Partial<Parameters<typeof startTls>[0]>) =>
    startTls({ host: "localhost", port, sslmode: "verify-full", ...more });

  test("is checked as far as sslmode says", async () => {
    const port = await postgres("S");
    expect(await to(port, { caFile })).toBe(true);
    await expect(to(port, {})).rejects.toThrow(/self-signed certificate/);
    expect(await to(port, { sslmode: "require" })).toBe(true);
    const other = await listen(createServer((socket) => socket.pipe(socket)));
    await expect(to(other, {})).rejects.toThrow("what answers there is no PostgreSQL server");
  });

  test("is for the host that was asked, except with verify-ca", async () => {
    const port = await postgres("S");
    // The address is not among the names in the certificate.
    const host = (servers[0]!.address() as AddressInfo).address;
    await expect(to(port, { host, caFile })).rejects.toThrow(/IP.*not in the cert's list/);
    expect(await to(port, { host, caFile, sslmode: "verify-ca" })).toBe(true);
  });

  test("may be refused", async () => {
    expect(await to(await postgres("N"), {})).toBe(false);
  });
});

/** An environment with endpoints of its own, and a cluster that has a Service or not. */
function context(changes: Record<string, unknown>, deployed = false): Context {
  const cluster = { get: async () => (deployed ? {} : undefined) } as unknown as ClusterReader;
  return { environment: environment(changes), cluster };
}

describe("the address of the database", () => {
  test("is a failure where TLS is refused", async () => {
    const at = async (answer: string) => {
      const endpoint = { host: "localhost", port: await postgres(answer), sslmode: "require" };
      return databaseEndpoint.run(context({ "endpoints.postgres": endpoint }));
    };
    expect(await at("S")).toMatchObject([{ level: "ok", what: expect.stringMatching(/answers$/) }]);
    expect(await at("N")).toMatchObject([{ level: "fail", what: expect.stringMatching(/refuses TLS$/) }]);
  });
});

describe("the address of the object store", () => {
  async function at(more: Record<string, unknown>, status = 200, deployed = false) {
    const server = createHttps(pair, (_, response) => response.writeHead(status).end());
    const minio = `localhost:${await listen(server)}`;
    return objectStoreEndpoint.run(context({ "endpoints.minio": minio, ...more }, deployed));
  }

  test("answers with a certificate that holds, or is a failure whether it is up or not", async () => {
    expect(await at({ "endpoints.minioCaFile": caFile })).toMatchObject([{ level: "ok" }]);
    expect(await at({})).toMatchObject([{ level: "fail", what: expect.stringMatching(/self-signed certificate/) }]);
  });

  test("has a proxy that finds nothing behind it until it is up", async () => {
    const trusted = { "endpoints.minioCaFile": caFile };
    expect(await at(trusted, 503)).toMatchObject([
      { level: "warn", what: expect.stringMatching(/^not up yet: .*503/) },
    ]);
    expect(await at(trusted, 503, true)).toMatchObject([{ level: "fail" }]);
  });

  test("is MinIO's and not something else's", async () => {
    expect(await at({ "endpoints.minioCaFile": caFile }, 404)).toMatchObject([
      { level: "fail", what: expect.stringMatching(/answers 404 to \/minio\/health\/live$/) },
    ]);
  });

  test("is a failure with a CA certificate that is not there", async () => {
    expect(await at({ "endpoints.minioCaFile": join(folder, "gone.pem") })).toMatchObject([
      { level: "fail", what: expect.stringMatching(/ENOENT.*gone.pem/) },
    ]);
  });
});
