/**
 * MinIO's administration API; nobody keeps an npm library for it. Its calls are signed as S3's for an object of the bucket `minio`, so the S3
 * client sends them, with its connections and its retries. What holds secrets is encrypted besides (sealed.ts).
 */
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { ProviderError } from "../shared/errors";
import { open, seal } from "./sealed";

export interface Endpoint {
  /** Host and port. */
  server: string;
  user: string;
  password: string;
  tls: boolean;
  insecure: boolean;
  /** PEM file of the authority that signed the server's certificate. */
  caFile?: string;
}

/** An answer of the server that says no; `code` is MinIO's own, such as `XMinioAdminNoSuchUser`. */
export class AdminError extends ProviderError {
  /** Where the S3 client looks to see whether it should try again. */
  readonly $metadata: { httpStatusCode: number };

  constructor(
    message: string,
    readonly code: string,
    status: number,
  ) {
    super(message);
    this.$metadata = { httpStatusCode: status };
  }
}

export interface AdminCall {
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** Path below `/minio/admin/v3/`. */
  name: string;
  query?: Record<string, string>;
  /** What is sent as JSON. */
  body?: unknown;
  /** Whether body and answer are encrypted, as MinIO wants it for this call. */
  sealed?: boolean;
}

/** What of a request of the S3 client is replaced. */
interface HttpRequest {
  method: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: Buffer;
}

interface HttpResponse {
  statusCode: number;
  body: AsyncIterable<Uint8Array>;
}

export class Admin {
  constructor(
    private readonly s3: S3Client,
    private readonly endpoint: Endpoint,
  ) {}

  /** Makes a call and gives its answer as it came. Throws `AdminError` with the server's reason. */
  async send({ method, name, query = {}, body, sealed }: AdminCall): Promise<Buffer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const bytes = sealed && text ? await seal(this.endpoint.password, text) : Buffer.from(text);
    const command = new GetObjectCommand({ Bucket: "minio", Key: `admin/v3/${name}` });
    command.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as HttpRequest;
        Object.assign(request, { method, query, ...(text && { body: bytes }) });
        if (text) {
          request.headers["content-length"] = String(bytes.length);
          request.headers["content-type"] = "application/octet-stream";
        }
        return next(args);
      },
      { step: "build" },
    );
    // A refusal is JSON here, which the S3 client could not read.
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { statusCode, body } = result.response as HttpResponse;
        if (statusCode >= 300) throw refusal(this.endpoint, name, statusCode, await collected(body));
        return result;
      },
      { step: "deserialize", priority: "low" },
    );
    const { Body } = await this.s3.send(command);
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  /** Makes a call whose answer is JSON. */
  async ask<T>(call: AdminCall): Promise<T> {
    const answer = await this.send(call);
    return JSON.parse(call.sealed ? await open(this.endpoint.password, answer) : answer.toString()) as T;
  }
}

async function collected(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function refusal({ server }: Endpoint, name: string, status: number, text: string): AdminError {
  let [code, message] = ["", text.trim() || `HTTP status ${status}`];
  try {
    const answer = JSON.parse(text) as { Code?: string; Message?: string };
    code = answer.Code ?? code;
    message = answer.Message ?? message;
  } catch {
    // Something between here and MinIO answered; its text says it.
  }
  return new AdminError(`MinIO at ${server} refused "${name}": ${message}`, code, status);
}

/** The message for a server that does not answer. */
export function unreachable(endpoint: Pick<Endpoint, "server" | "tls">, reason: string): string {
  const address = `${endpoint.tls ? "https" : "http"}://${endpoint.server}`;
  return `MinIO at ${address} cannot be reached: ${reason}. Nothing was changed; check that it runs and that the provider's minioServer and minioSsl are right.`;
}
