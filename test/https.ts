import { request } from "node:https";
import { isIP } from "node:net";

/** A `fetch` that believes one CA alone; Node's own cannot be told one. */
export function fetchTrusting(ca: string | Buffer): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return (url, init = {}) =>
    new Promise((resolve, reject) => {
      const headers = Object.fromEntries(new Headers(init.headers));
      const { method = "GET", signal, body } = init;
      // The certificate is of the address, whatever the request says that it calls.
      const { hostname } = new URL(url);
      const servername = isIP(hostname) ? "" : hostname;
      const sent = request(url, { method, headers, ca, servername, signal: signal ?? undefined }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const { statusCode: status = 0 } = response;
          const told = Object.entries(response.headers).flatMap(([name, value]) =>
            [value ?? []].flat().map((one): [string, string] => [name, one]),
          );
          const empty = status === 202 || status === 204;
          resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers: told }));
        });
      });
      sent.once("error", reject);
      sent.end(body as string | undefined);
    });
}
