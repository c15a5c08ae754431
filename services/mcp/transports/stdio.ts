import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { Lake } from "../lake";
import { mcpServer } from "../server";

/** Serves the one client at standard input and output, until it goes. Standard output is the protocol's: `log` must write elsewhere. */
export async function serveStdio(lake: Lake, log: (line: string) => void): Promise<void> {
  const server = mcpServer(lake, log);
  await server.connect(new StdioServerTransport());
  await new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once("end", () => void server.close());
  });
}
