/**
 * The MCP server of the drone data lake: `stdio` serves the client that starts it, `http` any number of them by streamable HTTP.
 * Where the lake is, and with which keys it is read, comes from the environment (settings.ts).
 */
import { lakeOf } from "./lake";
import { httpSettings, lakeSettings } from "./settings";
import { serveHttp } from "./transports/http";
import { serveStdio } from "./transports/stdio";

/** Standard output belongs to the protocol. */
const log = (line: string) => process.stderr.write(`${line}\n`);

// The client's version is pinned; which Node its later ones need is no news at every start.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

async function main(transport: string | undefined): Promise<void> {
  if (transport !== "stdio" && transport !== "http") throw new Error("usage: main.js stdio | http");
  const lake = lakeOf(lakeSettings(process.env));
  if (transport === "stdio") return serveStdio(lake, log);
  const settings = httpSettings(process.env);
  const server = await serveHttp(lake, settings, log);
  log(`answers at port ${settings.port}`);
  const end = () => {
    server.close();
    // What is being answered may end; connections that only wait are closed.
    server.closeIdleConnections();
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  await new Promise<void>((resolve) => server.once("close", resolve));
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error: unknown) => {
    log(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
