import { request } from "node:http";
import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";

/** The proxy that the environment sets for a URL (`https_proxy`, `http_proxy`, `no_proxy` and their capitals), if any. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const read = (name: string) => env[name] || env[name.toUpperCase()];
  const proxy = url.protocol === "https:" ? read("https_proxy") : read("http_proxy");
  if (!proxy || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) return undefined;
  const exempt = (read("no_proxy") ?? "").split(",").map((entry) => entry.trim().replace(/^\*?\./, ""));
  if (
    exempt.some((entry) => entry === "*" || (entry && (url.hostname === entry || url.hostname.endsWith(`.${entry}`))))
  ) {
    return undefined;
  }
  return new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

/** A connection to the target of `url` through an HTTP proxy, with TLS on it for https. */
export function tunnel(proxy: URL, url: URL, timeoutMs: number): Promise<Socket | TLSSocket> {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return new Promise((resolve, reject) => {
    const login = proxy.username && `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    const sent = request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: "CONNECT",
      path: `${url.hostname}:${port}`,
      headers: login ? { "Proxy-Authorization": `Basic ${Buffer.from(login).toString("base64")}` } : {},
      timeout: timeoutMs,
    });
    sent.once("timeout", () => sent.destroy(new Error(`proxy ${proxy.host}: no answer in ${timeoutMs / 1000} s`)));
    sent.once("error", reject);
    sent.once("connect", (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        return reject(new Error(`proxy ${proxy.host}: HTTP ${response.statusCode}`));
      }
      if (url.protocol !== "https:") return resolve(socket);
      const secured = connect({ socket, servername: url.hostname }, () => {
        secured.setTimeout(0);
        resolve(secured);
      });
      secured.setTimeout(timeoutMs, () =>
        secured.destroy(new Error(`${url.host} through proxy ${proxy.host}: no TLS in ${timeoutMs / 1000} s`)),
      );
      secured.once("error", reject);
    });
    sent.end();
  });
}
