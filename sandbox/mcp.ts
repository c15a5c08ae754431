import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mcp } from "../components/names";
import { SandboxError } from "./errors";
import { catalogueEnv } from "./lake";
import { checkout } from "./paths";
import { runInForeground } from "./process";
import type { StackOutputs } from "./pulumi";

/** The variables that tell the MCP server where the lake is, and as whom it reads. Never printed, never in an argument. */
export function mcpEnv(outputs: StackOutputs): Record<string, string> {
  const keys = outputs.credentials[mcp.identity];
  if (!keys) throw new SandboxError("this instance was brought up without its catalogue's tools: npm run sandbox");
  const { url, caFile } = outputs.objectStore;
  return {
    ...catalogueEnv(outputs),
    AWS_ENDPOINT_URL_S3: url,
    AWS_CA_BUNDLE: caFile,
    AWS_ACCESS_KEY_ID: keys.accessKey,
    AWS_SECRET_ACCESS_KEY: keys.secretKey,
  };
}

/** Runs the MCP server for the client at standard input and output, and returns its exit code. */
export function runMcp(env: Record<string, string>): Promise<number> {
  const tsx = pathToFileURL(createRequire(join(checkout, "package.json")).resolve("tsx")).href;
  const main = join(checkout, "services", "mcp", "main.ts");
  return runInForeground(process.execPath, ["--import", tsx, main, "stdio"], { env, cwd: process.cwd() });
}
