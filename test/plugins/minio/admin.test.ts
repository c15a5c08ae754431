import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AdminError, unreachable } from "../../../plugins/minio/admin";
import { Client } from "../../../plugins/minio/client";
import { open, seal } from "../../../plugins/minio/sealed";

interface Seen {
  method?: string;
  url?: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** A stand-in for MinIO that notes what it is asked, and gives the next of its answers. */
let server: Server;
let seen: Seen[];
let answers: { status: number; body: string | Buffer }[];
let client: Client;
let endpoint: { server: string; user: string; password: string; tls: boolean; insecure: boolean };

beforeEach(async () => {
  [seen, answers] = [[], []];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks) });
    const { status, body } = answers.shift() ?? { status: 200, body: "" };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  endpoint = { server: `127.0.0.1:${port}`, user: "ad:min", password: "p@ss:w/+rd%", tls: false, insecure: false };
  client = new Client(endpoint, "us-east-1");
});
afterEach(() => {
  client.close();
  server.close();
});

it("sends a user's secret encrypted with root's, which does not travel", async () => {
  const body = { secretKey: "secret-of-user", status: "enabled" };
  await client.admin({ method: "PUT", name: "add-user", query: { accessKey: "stagiair" }, body, sealed: true });
  const [request] = seen as [Seen];
  expect(request).toMatchObject({ method: "PUT", url: "/minio/admin/v3/add-user?accessKey=stagiair" });
  expect(request.headers["content-length"]).toBe(String(request.body.length));
  expect(request.headers.authorization).toContain("Credential=ad:min/");
  expect(JSON.parse(await open(endpoint.password, request.body))).toEqual(body);
  const sent = JSON.stringify(request.headers) + request.body.toString("latin1");
  for (const secret of ["secret-of-user", endpoint.password]) expect(sent).not.toContain(secret);
});

it("reads answers, plain and encrypted ones", async () => {
  answers.push({ status: 200, body: '{"status":"enabled","policyName":"a,b","memberOf":["g"]}' });
  expect(await client.user("stagiair")).toEqual({ status: "enabled", policies: ["a", "b"], groups: ["g"] });
  answers.push({ status: 200, body: await seal(endpoint.password, '{"accountStatus":"on"}') });
  const call = { method: "GET", name: "info-service-account", query: { accessKey: "x" }, sealed: true } as const;
  expect(await client.once(call, "none")).toEqual({ accountStatus: "on" });
});

it("passes the server's refusal on with its code, at once", async () => {
  answers.push({
    status: 404,
    body: '{"Code":"XMinioAdminNoSuchPolicy","Message":"The canned policy does not exist."}',
  });
  const call = { method: "GET", name: "info-canned-policy", query: { name: "x" } } as const;
  const failure: AdminError = await client.once<never>(call, "another code").catch((error) => error);
  expect(failure.code).toBe("XMinioAdminNoSuchPolicy");
  expect(failure.message).toBe(
    `MinIO at ${endpoint.server} refused "info-canned-policy": The canned policy does not exist.`,
  );
  expect(seen).toHaveLength(1);
});

it("takes a code that means absence for absence", async () => {
  answers.push({ status: 404, body: '{"Code":"XMinioAdminNoSuchUser","Message":"none"}' });
  expect(await client.user("nobody")).toBeUndefined();
});

it("tries again when the server says that it is not ready yet", async () => {
  answers.push({ status: 503, body: '{"Code":"XMinioServerNotInitialized","Message":"Server not initialized yet"}' });
  answers.push({ status: 200, body: '{"status":"enabled"}' });
  expect(await client.user("stagiair")).toMatchObject({ status: "enabled" });
  expect(seen).toHaveLength(2);
});

it("says what something between here and MinIO answered", async () => {
  answers.push({ status: 403, body: "<h1>go away</h1>" });
  await expect(client.user("stagiair")).rejects.toThrow('refused "user-info": <h1>go away</h1>');
});

it("says that the server cannot be reached, and does not take that for absence", async () => {
  await new Promise((resolve) => server.close(resolve));
  await expect(client.user("stagiair")).rejects.toThrow(
    unreachable(endpoint, "connect ECONNREFUSED").split(" ECONN")[0]!,
  );
});
