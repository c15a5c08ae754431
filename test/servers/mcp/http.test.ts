/** Who the server lets in over HTTP, and what it says while the servers behind it are down. */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../../sandbox/process";
import { call, textOf } from "./case";
import { builtServer, type HttpServer, overHttp, overStdio, startHttp } from "./clients";
import { type AssistantLake, startLake } from "./lake";

let lake: AssistantLake;
let main: string;
let server: HttpServer;

beforeAll(async () => {
  lake = await startLake();
  main = await builtServer(lake);
  server = await startHttp(lake, main);
});
afterAll(() => lake?.stop());

const listing = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });

/** Asks for the list of tools with the right headers, of which some are changed or, when undefined, left out. */
async function ask(changes: Record<string, string | undefined> = {}, init: RequestInit = {}): Promise<Response> {
  const right = {
    authorization: `Bearer ${server.token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const headers = Object.entries({ ...right, ...changes }).filter(([, value]) => value !== undefined);
  return server.fetch(server.url, { method: "POST", body: listing, ...init, headers: headers as [string, string][] });
}

describe("lets in", () => {
  it.each<[string, Record<string, string>]>([
    ["whoever has the token", {}],
    ["a name of the server's", { host: "mcp.data-systems:8443" }],
    ["a web page that may", { origin: "https://maps.example.org" }],
  ])("%s", async (_, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { result: { tools: unknown[] } }).result.tools).toHaveLength(5);
  });
});

describe("refuses", () => {
  it.each<[string, number, Record<string, string | undefined>]>([
    ["whoever has no token", 401, { authorization: undefined }],
    ["a wrong token", 401, { authorization: `Bearer ${"x".repeat(48)}` }],
    ["the beginning of the token", 401, { authorization: "Bearer a" }],
    ["the token in another scheme", 401, { authorization: "Basic YTpi" }],
    ["a web page of anywhere else", 403, { origin: "https://evil.example" }],
    ["a page without an origin of its own", 403, { origin: "null" }],
    ["a name that is not the server's", 421, { host: "evil.example" }],
    ["a name that only begins like the server's", 421, { host: "127.0.0.1.evil.example" }],
  ])("%s with %i", async (_, status, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.has("www-authenticate")).toBe(status === 401);
    expect(await answer.text()).not.toContain(server.token);
  });

  it.each<[string, number, RequestInit]>([
    ["what is not JSON", 400, { body: "{" }],
    ["a body of many MiB", 413, { body: `"${"x".repeat(2 * 1024 ** 2)}"` }],
    ["a stream, as there is nothing to be told unasked", 405, { method: "GET", body: undefined }],
  ])("%s with %i", async (_, status, init) => {
    expect((await ask({}, init)).status).toBe(status);
  });

  it("whoever speaks without TLS, and is not believed by a client without the lake's CA", async () => {
    await expect(fetch(`http://${server.url.host}/healthz`)).rejects.toThrow();
    await expect(fetch(new URL("/healthz", server.url))).rejects.toThrow();
  });

  it("everything but its health to whoever has no token", async () => {
    const health = await server.fetch(new URL("/healthz", server.url));
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    expect((await server.fetch(new URL("/", server.url))).status).toBe(401);
  });
});

describe("while a server is down", () => {
  const down = "http://127.0.0.1:9";
  const asked = async (env: Record<string, string>, ask: (client: Client) => Promise<void>) => {
    const client = await overStdio(lake, main, env);
    await ask(client).finally(() => client.close());
  };

  it("the catalogue: says so, and shows files all the same", () =>
    asked({ CATALOGUE_URL: down }, async (client) => {
      const refused = JSON.parse(textOf(await call(client, "search_findings", {})));
      expect(refused).toEqual({
        error: "the catalogue does not answer (ECONNREFUSED)",
        change: expect.stringMatching(/later/),
      });
      const of = `s3://drone-ortho/${lake.facts.orthophoto.key}`;
      expect((await call(client, "get_preview", { of })).isError).toBeFalsy();
    }));

  it("the object store: says so, and finds all the same", () =>
    asked({ AWS_ENDPOINT_URL_S3: down }, async (client) => {
      const refused = JSON.parse(textOf(await call(client, "get_preview", { of: "1" })));
      expect(refused.error).toMatch(/object store does not answer \(ECONNREFUSED\)/);
      expect((await call(client, "search_findings", {})).structuredContent).toMatchObject({ matched: 3 });
    }));
});

it("does not start without what it needs, and names all of it", async () => {
  const { stderr } = await exec(process.execPath, [main, "http"], { env: { CATALOGUE_URL: "ftp://x" }, allowed: [1] });
  for (const name of ["CATALOGUE_URL", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID"]) expect(stderr).toContain(name);
});

it("answers several clients at once, each its own", async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => overHttp(server)));
  const limits = clients.map((_, at) => at + 1);
  const answers = await Promise.all(
    clients.map((client, at) => call(client, "list_drone_images", { limit: limits[at] })),
  );
  const counts = answers.map(({ structuredContent }) => (structuredContent as { images: unknown[] }).images.length);
  expect(counts).toEqual(limits);
  await Promise.all(clients.map((client) => client.close()));
});
