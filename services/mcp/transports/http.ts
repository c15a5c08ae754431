import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Lake } from "../lake";
import { mcpServer } from "../server";
import type { HttpSettings } from "../settings";
import { followRenewals, readCertificate } from "./certificate";
import { refusal } from "./gate";
import { HEALTH_PATH, MCP_PATH } from "./paths";

const MOST_BODY_BYTES = 1024 ** 2;

/** Serves any number of clients by streamable HTTP over TLS, without sessions: every request stands for itself, so any replica can answer it. */
export async function serveHttp(lake: Lake, settings: HttpSettings, log: (line: string) => void): Promise<Server> {
  const pair = readCertificate(settings);
  const server = createServer({ ...pair, minVersion: "TLSv1.2" }, (request, response) => {
    handle(lake, settings, request, response, log).catch((error: unknown) => {
      log(`${request.method} ${MCP_PATH}: ${error instanceof Error ? error.stack : String(error)}`);
      if (!response.headersSent) reply(response, 500, "the server failed");
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  followRenewals(server, settings, pair, log);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, resolve);
  });
  return server;
}

async function handle(
  lake: Lake,
  settings: HttpSettings,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): Promise<void> {
  const path = (request.url ?? "").split("?")[0];
  if (path === HEALTH_PATH) return reply(response, 200, undefined);
  const refused = refusal(request.headers, settings);
  if (refused) return reply(response, refused.status, refused.error, refused.headers);
  if (path !== MCP_PATH) return reply(response, 404, `the server answers at ${MCP_PATH}`);
  // Without sessions there is nothing to listen to and nothing to end.
  if (request.method !== "POST") return reply(response, 405, "use POST", { allow: "POST" });
  const server = mcpServer(lake, log);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true,
    maxRequestBodySize: MOST_BODY_BYTES,
  });
  response.once("close", () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response);
}

function reply(
  response: ServerResponse,
  status: number,
  message: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  const error = { code: -32000, message };
  response.end(message === undefined ? '{"status":"ok"}' : JSON.stringify({ jsonrpc: "2.0", error, id: null }));
}
