import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { serversAnswer } from "../../sandbox/servers";
import { localhostCertificate } from "../doctor/certificate";
import { Said } from "./toolchain/helpers";

/** An object store that is not yet whole, and what stands for a database: anything that listens. */
let folder: string;
let store: Server;
let whole: boolean;
let endpoints: Parameters<typeof serversAnswer>[1];
const step = new Said();
beforeEach(async () => {
  whole = false;
  folder = mkdtempSync(join(tmpdir(), "drone-lake-servers-"));
  const pair = await localhostCertificate();
  const minioCaFile = join(folder, "ca.crt");
  writeFileSync(minioCaFile, pair.cert);
  store = createServer(pair, (request, response) => {
    response.writeHead(request.url === "/minio/health/cluster" && whole ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
  const { port } = store.address() as AddressInfo;
  const minio = `localhost:${port}`;
  const postgres = { host: "127.0.0.1", port, caFile: minioCaFile };
  endpoints = { minio, minioCaFile, postgres, catalogue: "localhost:1", mcp: "localhost:2" };
});
afterEach(() => {
  store.closeAllConnections();
  store.close();
  rmSync(folder, { recursive: true });
});

it("waits for an object store that is still starting", async () => {
  const answer = serversAnswer(["minio"], endpoints, step, 30_000);
  await expect.poll(() => step.notes).toContain("waiting for minio");
  whole = true;
  expect(await answer).toBe(true);
});

it("gives up on a server that does not come", async () => {
  expect(await serversAnswer(["minio"], endpoints, step, 0)).toBe(false);
  const nowhere = { ...endpoints, postgres: { ...endpoints.postgres, port: 1 } };
  expect(await serversAnswer(["postgresql"], nowhere, step, 0)).toBe(false);
});

it("asks only the servers that matter", async () => {
  expect(await serversAnswer(["postgresql"], endpoints, step, 0)).toBe(true);
  expect(await serversAnswer([], endpoints, step, 0)).toBe(true);
});
