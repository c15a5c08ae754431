import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Reporter } from "../../sandbox/progress";
import { ensureTool } from "../../sandbox/toolchain";
import { freePort, type Processes } from "./processes";

export interface MinioServer {
  /** Host and port, without scheme. */
  endpoint: string;
  user: string;
  password: string;
  /** Path of the client `mc`. */
  mc: string;
}

/** What receives the events of the webhook target TEKTON: it only says yes. */
async function startWebhook(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    request.resume();
    response.end();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${port}`, server };
}

/**
 * MinIO over four folders (so with versions and locks) with the webhook target TEKTON, and with these settings too.
 * `stop` ends the receiver of its events.
 */
export async function startMinio(
  folder: string,
  processes: Processes,
  report: Reporter,
  settings: Record<string, string> = {},
): Promise<{ minio: MinioServer; stop: () => void }> {
  const command = await ensureTool("minio", report);
  const mc = await ensureTool("mc", report);
  const endpoint = `127.0.0.1:${await freePort()}`;
  const webhook = await startWebhook();
  const [user, password] = ["admin", randomBytes(16).toString("hex")];
  const console = `127.0.0.1:${await freePort()}`;
  processes.start({
    name: "minio",
    command,
    args: ["server", "--address", endpoint, "--console-address", console, join(folder, "drive{1...4}")],
    env: {
      HOME: folder,
      MINIO_CI_CD: "on",
      MINIO_ROOT_USER: user,
      MINIO_ROOT_PASSWORD: password,
      MINIO_NOTIFY_WEBHOOK_ENABLE_TEKTON: "on",
      MINIO_NOTIFY_WEBHOOK_ENDPOINT_TEKTON: webhook.url,
      ...settings,
    },
  });
  await processes.ready("minio", async () => (await fetch(`http://${endpoint}/minio/health/cluster`)).ok);
  return { minio: { endpoint, user, password, mc }, stop: () => webhook.server.close() };
}
