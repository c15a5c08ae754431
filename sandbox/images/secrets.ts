import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../process";

/** Where the Dockerfiles mount the machine's certificates. */
const CA_IN_BUILD = "/run/build/ca.pem";
const CA_BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/** How the machine reaches package registries, as build secrets: certificates, apt's and pip's settings. None ends up in a layer. */
export async function withSecrets<T>(
  parent: string,
  work: (secrets: Record<string, string>) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(parent, "secrets-"));
  try {
    const secrets: Record<string, string> = {};
    const ca = [process.env.SSL_CERT_FILE, ...CA_BUNDLES].find((file) => file && existsSync(file));
    if (ca) secrets.ca = ca;
    const put = async (id: string, text: string) => {
      secrets[id] = join(dir, id);
      await writeFile(secrets[id], text, { mode: 0o600 });
    };
    await put("apt", aptSettings((await exec("apt-config", ["dump"])).stdout, ca !== undefined));
    const pip = await exec("python3", ["-m", "pip", "config", "list"], { allowed: [0, 1, 2] });
    await put("pip", pipSettings(pip.stdout));
    return await work(secrets);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The build arguments that every build takes without declaring them, and that leave no trace in the image. */
export function proxyArgs(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name] as string]] : [])));
}

/** Of `apt-config dump`: proxies, time limits and retries; and the certificates for mirrors with TLS. */
export function aptSettings(dump: string, ca: boolean): string {
  const lines = dump.split("\n").filter((line) => /^Acquire::((https?::)(Proxy|Timeout)|Retries)\b.*";$/i.test(line));
  if (ca) lines.push(`Acquire::https::CAInfo "${CA_IN_BUILD}";`);
  return lines.map((line) => `${line}\n`).join("");
}

const PIP_KEYS = ["index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout", "retries"];

/** Of `pip config list` (`global.index-url='...'`, `:env:.timeout='...'`; later lines win): where packages come from and how patiently. */
export function pipSettings(list: string): string {
  const values = new Map<string, string>();
  for (const line of list.split("\n")) {
    const match = /^(?:global|install|:env:)\.([a-z-]+)='(.*)'$/.exec(line.trim());
    if (!match?.[1] || match[2] === undefined || !PIP_KEYS.includes(match[1])) continue;
    values.set(match[1] === "default-timeout" ? "timeout" : match[1], match[2].replaceAll("\\n", "\n    "));
  }
  return `[global]\n${[...values].map(([key, value]) => `${key} = ${value}\n`).join("")}`;
}
