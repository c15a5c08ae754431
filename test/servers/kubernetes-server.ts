/** A Kubernetes control plane without nodes: etcd, API server and controllers. Pods stay pending unless a test sets their status. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import type { Reporter } from "../../sandbox/progress";
import { ensureTool } from "../../sandbox/toolchain";
import { freePort, type Processes } from "./processes";

export interface KubernetesServer {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  server: string;
}

function answersReady(port: number, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { Authorization: `Bearer ${token}` };
    // The certificate is made at this start, and read only once the server is ready.
    const call = request(
      { host: "127.0.0.1", port, path: "/readyz", headers, rejectUnauthorized: false },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.once("error", () => resolve(false));
    call.end();
  });
}

function serviceAccountKey(folder: string): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = join(folder, "service-account.key");
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return file;
}

export async function startKubernetes(
  folder: string,
  processes: Processes,
  report: Reporter,
): Promise<KubernetesServer> {
  const etcd = await ensureTool("etcd", report);
  const apiserver = await ensureTool("kube-apiserver", report);
  const controllers = await ensureTool("kube-controller-manager", report);
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString("hex");
  mkdirSync(folder, { recursive: true });
  const tokens = join(folder, "tokens.csv");
  writeFileSync(tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const key = serviceAccountKey(folder);
  const etcdUrl = `http://127.0.0.1:${client}`;

  processes.start({
    name: "etcd",
    command: etcd,
    args: [
      ...["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync"],
      ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl],
      ...["--listen-peer-urls", `http://127.0.0.1:${peer}`],
    ],
  });
  processes.start({
    name: "kube-apiserver",
    command: apiserver,
    args: [
      ...["--etcd-servers", etcdUrl, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"],
      ...["--secure-port", String(port), "--cert-dir", join(folder, "apiserver")],
      ...["--token-auth-file", tokens, "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.97.0.0/16"],
      ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", key],
      ...["--service-account-signing-key-file", key, "--disable-admission-plugins", "ServiceAccount"],
    ],
  });
  await processes.ready("kube-apiserver", () => answersReady(port, token));

  const server = `https://127.0.0.1:${port}`;
  const kubeconfig = join(folder, "kubeconfig");
  const authority = readFileSync(join(folder, "apiserver", "apiserver.crt")).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  processes.start({
    name: "kube-controller-manager",
    command: controllers,
    args: [
      "--kubeconfig",
      kubeconfig,
      "--secure-port",
      "0",
      "--use-service-account-credentials",
      "--service-account-private-key-file",
      key,
      // Nodes here are made by tests, and nothing on them says that they are alive.
      "--node-monitor-grace-period",
      "1h",
    ],
  });
  return { kubeconfig, server };
}
