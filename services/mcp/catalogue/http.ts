import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Problem } from "../problem";

const PATIENCE_MS = 20_000;
/** A page of items with thousands of photos is a few MiB. */
const MOST_BYTES = 64 * 1024 ** 2;

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** JSON over HTTP from one server, by connections that are kept. */
export class JsonClient {
  private readonly options: RequestOptions;

  /** `ca`: the certificate of the only CA that the server is believed by; without it the machine's. */
  constructor(
    private readonly base: URL,
    ca?: string,
  ) {
    const agent =
      base.protocol === "https:" ? new HttpsAgent({ keepAlive: true, ca }) : new HttpAgent({ keepAlive: true });
    this.options = { agent, timeout: PATIENCE_MS };
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const parameters = new URLSearchParams(query).toString();
    return this.send("GET", parameters ? `${path}?${parameters}` : path);
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.send("POST", path, JSON.stringify(body));
  }

  private async send(method: string, path: string, body?: string): Promise<Reply> {
    let reply: Reply;
    try {
      reply = await this.exchange(method, path, body);
    } catch (error) {
      throw unavailable((error as NodeJS.ErrnoException).code ?? (error as Error).message);
    }
    if (reply.status >= 500) throw unavailable(`HTTP ${reply.status}`);
    return reply;
  }

  private exchange(method: string, path: string, body?: string): Promise<Reply> {
    const url = new URL(this.base.pathname.replace(/\/$/, "") + path, this.base);
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = {
      accept: "application/json, application/geo+json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const sent = request(url, { ...this.options, method, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) response.destroy(new Error(`an answer of more than ${MOST_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.once("error", reject);
        response.once("end", () => {
          try {
            const text = Buffer.concat(chunks).toString("utf8");
            const json = /json/.test(response.headers["content-type"] ?? "");
            resolve({ status: response.statusCode ?? 0, body: json ? JSON.parse(text) : text });
          } catch (error) {
            reject(error);
          }
        });
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }
}

function unavailable(why: string): Problem {
  return new Problem(`the catalogue does not answer (${why})`, "try again later; nothing in the request is wrong");
}
