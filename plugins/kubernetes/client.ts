/** Requests to the Kubernetes API over kept-alive connections. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { createInterface } from "node:readline";
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

export class Client {
  constructor(private readonly connection: Connection) {}

  get namespace(): string {
    return this.connection.namespace;
  }

  get server(): string {
    return this.connection.server.origin;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, options);
    const text = await collect(response);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return JSON.parse(text) as T;
    throw toApiError(status, text);
  }

  /** An answer that is no JSON, such as a log. */
  async text(path: string, query: Query): Promise<string> {
    const response = await this.send("GET", path, { query });
    const text = await collect(response);
    if (response.statusCode !== 200) throw toApiError(response.statusCode ?? 0, text);
    return text;
  }

  /** Events from `resourceVersion` on, until the server ends the stream or `signal` aborts. Throws `ApiError` 410 when that version is too old. */
  async *watch(path: string, query: Query, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const response = await this.send("GET", path, {
      query: { ...query, watch: true, allowWatchBookmarks: true },
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

  private async send(method: string, path: string, options: RequestOptions): Promise<IncomingMessage> {
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
    const open = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = open(url, { method, agent, headers, signal: options.signal }, (response) => {
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
        reject(
          options.signal?.aborted
            ? options.signal.reason
            : new UnreachableError(`${server.origin}: ${reasonOf(error)}`),
        );
      });
      request.end(body);
    });
  }
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
