/** The SDK's client at the built server, over each transport. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ensureAuthority, issue } from "../../../sandbox/cluster/pki";
import { buildServer } from "../../../services/mcp/build";
import { fetchTrusting } from "../../https";
import { freePort } from "../processes";
import type { AssistantLake } from "./lake";

const ABOUT = { name: "drone-lake-tests", version: "1.0.0" };

/** Bundles the server as its image has it, and returns the file. */
export async function builtServer({ folder }: AssistantLake): Promise<string> {
  const into = join(folder, "server");
  await buildServer(into);
  return join(into, "main.js");
}

/** A client that starts the server itself. */
export async function overStdio(lake: AssistantLake, main: string, env: Record<string, string> = {}): Promise<Client> {
  const client = new Client(ABOUT);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, "stdio"],
    env: { ...lake.env, ...env },
  });
  await client.connect(transport);
  return client;
}

export interface HttpServer {
  readonly url: URL;
  readonly token: string;
  /** The certificate of the CA that signed the server's. */
  readonly ca: string;
  readonly fetch: ReturnType<typeof fetchTrusting>;
}

/** Starts the server for clients over HTTP; web pages of https://maps.example.org may call it. */
export async function startHttp(lake: AssistantLake, main: string): Promise<HttpServer> {
  const { folder, processes } = lake;
  const authority = { cert: join(folder, "ca.crt"), key: join(folder, "ca.key") };
  const pair = await issue(folder, "mcp", await ensureAuthority(authority, "lake"), {
    name: "mcp",
    addresses: ["127.0.0.1"],
  });
  const [port, token] = [await freePort(), randomBytes(24).toString("hex")];
  const ca = readFileSync(authority.cert, "utf8");
  processes.start({
    name: "mcp",
    command: process.execPath,
    args: [main, "http"],
    env: {
      ...lake.env,
      MCP_PORT: String(port),
      MCP_TOKEN: token,
      MCP_CERTIFICATE_FILE: pair.cert,
      MCP_KEY_FILE: pair.key,
      MCP_ALLOWED_HOSTS: "127.0.0.1,mcp.data-systems",
      MCP_ALLOWED_ORIGINS: "https://maps.example.org",
    },
  });
  const fetch = fetchTrusting(ca);
  const url = new URL(`https://127.0.0.1:${port}/mcp`);
  await processes.ready("mcp", async () => (await fetch(new URL("/healthz", url))).ok);
  return { url, token, ca, fetch };
}

export async function overHttp({ url, token, fetch }: HttpServer): Promise<Client> {
  const client = new Client(ABOUT);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit, fetch }));
  return client;
}
