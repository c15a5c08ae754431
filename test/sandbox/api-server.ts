import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kubectl } from "../../sandbox/cluster/kubectl";
import { ConsoleReporter } from "../../sandbox/progress";
import { ensureTool } from "../../sandbox/toolchain";

/** An API server that says what a test wants: at each path its answers in turn, the last of which stays. */
export async function apiServer() {
  const root = mkdtempSync(join(tmpdir(), "lake-api-"));
  const answers: Record<string, (object | string)[]> = {};
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] as string;
    const at = answers[path] ?? [{ code: 404, kind: "Status", status: "Failure", reason: "NotFound" }];
    const body = at.length > 1 ? at.shift() : at[0];
    if (typeof body === "string") return response.end(body);
    const { code } = body as { code?: number };
    return response.writeHead(code ?? 200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const kubeconfig = join(root, "kubeconfig");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const contexts = [{ name: "c", context: { cluster: "c", user: "" } }];
  const clusters = [{ name: "c", cluster: { server: url } }];
  writeFileSync(kubeconfig, JSON.stringify({ kind: "Config", clusters, contexts, "current-context": "c" }));
  const kubectl = new Kubectl(await ensureTool("kubectl", new ConsoleReporter()), kubeconfig, 10);
  const close = () => {
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true, force: true });
  };
  return { answers, kubectl, close };
}
