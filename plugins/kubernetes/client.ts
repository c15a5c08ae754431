/** Requests to the Kubernetes API over kept-alive connections. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./kubeconfig";
import type { KubeObject } from "./objects";

/** The server refused: `code` is the HTTP status, `reason` Kubernetes' own word for it (`NotFound`, `Conflict`, ...). */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** The server did not answer at all. */
export class UnreachableError extends Error {}

class StaleConnectionError extends UnreachableError {}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

export function hasReason(error: unknown, reason: string): boolean {
  return error instanceof ApiError && error.reason === reason;
}

export type Query = Record<string, string | boolean | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubeObject;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Webhooks may take 30 s each, and a server under load some more. */
const ANSWER_TIMEOUT_MS = 120_000;
/** A watch is begun anew so often, so that a connection that died silently is noticed. */
const WATCH_S = 290;
const BUSY_RETRIES = 5;

export class Client {
  constructor(private readonly connection: Connection) {}

  get namespace(): string {
    return this.connection.namespace;
  }

  get server(): string {
    return this.connection.server.origin;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const limit = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
      const response = await this.send(method, path, { ...options, signal });
      const text = await collect(response);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return JSON.parse(text) as T;
      if (status !== 429 || attempt > BUSY_RETRIES) throw toApiError(status, text);
      await sleep(Number(response.headers["retry-after"] ?? 1) * 1000, undefined, { signal });
    }
  }

  /** An answer that is no JSON, such as a log. */
  async text(path: string, query: Query): Promise<string> {
    const response = await this.send("GET", path, { query });
    const text = await collect(response);
    if (response.statusCode !== 200) throw toApiError(response.statusCode ?? 0, text);
    return text;
  }

  /** The server's clock as an answer tells it, to the second; undefined where it tells none. */
  async clock(): Promise<Date | undefined> {
    const response = await this.send("GET", "/version", {});
    response.resume();
    const { date } = response.headers;
    return date === undefined ? undefined : new Date(date);
  }

  /** Events from `resourceVersion` on, until the server ends the stream or `signal` aborts. Throws `ApiError` 410 when that version is too old. */
  async *watch(path: string, query: Query, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const response = await this.send("GET", path, {
      query: { ...query, watch: true, allowWatchBookmarks: true, timeoutSeconds: String(WATCH_S) },
      signal,
    });
    const status = response.statusCode ?? 0;
    if (status !== 200) throw toApiError(status, await collect(response));
    for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line === "") continue;
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === "ERROR") throw toApiError(Number(event.object.code ?? 500), JSON.stringify(event.object));
      yield event;
    }
  }

  close(): void {
    this.connection.agent.destroy();
  }

  /** A connection that the server closed while it was idle is replaced once. */
  private async send(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
    try {
      return await this.open(method, path, options);
    } catch (error) {
      if (error instanceof StaleConnectionError) return this.open(method, path, options);
      throw error;
    }
  }

  private async open(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
    const { server, agent } = this.connection;
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const headers: Record<string, string | number> = {
      Accept: "application/json",
      ...(await this.connection.headers()),
    };
    if (body !== undefined) {
      headers["Content-Type"] = options.contentType ?? "application/json";
      headers["Content-Length"] = Buffer.byteLength(body);
    }
    const start = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = start(url, { method, agent, headers, signal: options.signal }, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      const timer = setTimeout(() => request.destroy(new Error("no connection within 10 s")), CONNECT_TIMEOUT_MS);
      request.once("socket", (socket) => {
        if (!socket.connecting) clearTimeout(timer);
        else socket.once("connect", () => clearTimeout(timer));
      });
      request.once("error", (error) => {
        clearTimeout(timer);
        if (options.signal?.aborted) return reject(failureOf(options.signal, server));
        const stale = request.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET";
        const Failure = stale ? StaleConnectionError : UnreachableError;
        reject(new Failure(`${server.origin}: ${reasonOf(error)}`));
      });
      request.end(body);
    });
  }
}

function failureOf({ reason }: AbortSignal, server: URL): unknown {
  const late = reason instanceof Error && reason.name === "TimeoutError";
  return late ? new UnreachableError(`${server.origin}: no answer within ${ANSWER_TIMEOUT_MS / 1000} s`) : reason;
}

/** Node joins the failures of several addresses in one error without a message. */
function reasonOf(error: Error & { errors?: Error[] }): string {
  return error.message || error.errors?.map((item) => item.message).join("; ") || error.name;
}

async function collect(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

function toApiError(status: number, text: string): ApiError {
  try {
    const { message, reason } = JSON.parse(text) as { message?: string; reason?: string };
    return new ApiError(status, reason ?? "", message || `the server answered ${status} ${reason ?? ""}`.trim());
  } catch {
    return new ApiError(status, "", `the server answered ${status}: ${text.slice(0, 300)}`);
  }
}
