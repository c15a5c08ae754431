/** From a kubeconfig to a connection: server, TLS options and credentials. */
import { existsSync, readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent } from "node:https";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import type { Settings } from "./settings";

export interface Connection {
  server: URL;
  agent: HttpAgent | HttpsAgent;
  /** Headers that prove who we are; asked for before each request, because tokens expire. */
  headers(): Promise<Record<string, string>>;
  /** Namespace of objects that name none. */
  namespace: string;
}

interface Named<T> {
  name: string;
  cluster?: T;
  user?: T;
  context?: T;
}
type Fields = Record<string, string | boolean | object | undefined>;

/** The text of the kubeconfig and the folder that its relative paths start from. */
function load(kubeconfig: string | undefined): { text: string; folder: string; origin: string } {
  const files = process.env.KUBECONFIG?.split(":").filter((file) => file !== "" && existsSync(file)) ?? [];
  if (kubeconfig === undefined && files.length > 1) {
    throw new Error(
      `KUBECONFIG names several files (${files.join(", ")}), which the local build of the kubernetes plugin does not merge: ` +
        "make one of them by `kubectl config view --flatten`, and name that",
    );
  }
  const given = kubeconfig ?? files[0];
  const path = (given ?? join(homedir(), ".kube", "config")).replace(/^~(?=\/|$)/, homedir());
  if (!path.includes("\n") && existsSync(path)) {
    return { text: readFileSync(path, "utf8"), folder: dirname(resolve(path)), origin: path };
  }
  if (given === undefined) throw new Error("no kubeconfig: set the provider's kubeconfig, or KUBECONFIG");
  return { text: given, folder: process.cwd(), origin: "the provider's kubeconfig" };
}

function pick(
  list: Named<Fields>[] | undefined,
  part: "cluster" | "user" | "context",
  name: string,
  origin: string,
): Fields {
  const found = list?.find((item) => item.name === name)?.[part];
  if (!found) throw new Error(`${origin} has no ${part} "${name}"`);
  return found;
}

/** What would make us somebody else, or lead elsewhere, and is not followed here: then nothing may be done at all. */
const REFUSED = ["as", "as-uid", "as-groups", "as-user-extra", "proxy-url"];

function refuseFields(fields: Fields, what: string, origin: string): void {
  const found = REFUSED.filter((key) => fields[key] !== undefined);
  if (found.length === 0) return;
  throw new Error(
    `${origin}: the ${what} has ${found.join(", ")}, which the local build of the kubernetes plugin does not follow: ` +
      `leave it out, or use the official plugin`,
  );
}

/** Throws an error that says what is wrong with the kubeconfig. No request is sent. */
export function connect(settings: Settings): Connection {
  const { text, folder, origin } = load(settings.kubeconfig);
  // biome-ignore lint/suspicious/noExplicitAny: foreign input, checked field by field below
  const config: any = parse(text);
  if (typeof config !== "object" || config === null || !Array.isArray(config.clusters)) {
    throw new Error(`${origin} is neither the path nor the content of a kubeconfig`);
  }
  const contextName = settings.context ?? config["current-context"];
  const context = contextName ? pick(config.contexts, "context", contextName, origin) : {};
  const cluster = pick(config.clusters, "cluster", settings.cluster ?? String(context.cluster), origin);
  const user: Fields = context.user ? pick(config.users, "user", String(context.user), origin) : {};
  refuseFields(cluster, `cluster "${settings.cluster ?? context.cluster}"`, origin);
  refuseFields(user, `user "${context.user}"`, origin);
  const data = (fields: Fields, key: string): Buffer | undefined => {
    const inline = fields[`${key}-data`];
    if (typeof inline === "string") return Buffer.from(inline, "base64");
    const file = fields[key];
    return typeof file === "string" ? readFileSync(resolve(folder, file)) : undefined;
  };
  const options: AgentOptions = {
    keepAlive: true,
    scheduling: "fifo",
    ca: data(cluster, "certificate-authority"),
    cert: data(user, "client-certificate"),
    key: data(user, "client-key"),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    ...(cluster["tls-server-name"] ? { servername: String(cluster["tls-server-name"]) } : {}),
  };
  const server = new URL(String(cluster.server));
  return {
    server,
    agent: server.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options),
    headers: credentials(user, folder, text, contextName),
    namespace: settings.namespace ?? (typeof context.namespace === "string" ? context.namespace : "default"),
  };
}

function credentials(user: Fields, folder: string, text: string, context: string): Connection["headers"] {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token.trim()}` });
  if (user.exec || user["auth-provider"]) {
    return async () => (await import("./exec-credentials.mjs")).headersFor(text, context);
  }
  const { token, tokenFile, username, password } = user;
  // The file is read each time: the kubelet and others renew it.
  if (typeof tokenFile === "string") return async () => bearer(readFileSync(resolve(folder, tokenFile), "utf8"));
  if (typeof token === "string") return async () => bearer(token);
  if (typeof username === "string") {
    const basic = Buffer.from(`${username}:${String(password ?? "")}`).toString("base64");
    return async () => ({ Authorization: `Basic ${basic}` });
  }
  return async () => ({});
}
