/** What the resource types talk to: the S3 API, the administration calls, and what is known of users and groups in this operation. */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { ProviderError } from "../shared/errors";
import { Admin, type AdminCall, AdminError, type Endpoint, unreachable } from "./admin";

export interface UserInfo {
  status: "enabled" | "disabled";
  policies: string[];
  groups: string[];
}

export interface GroupInfo {
  members: string[];
  policies: string[];
  status: "enabled" | "disabled";
}

export class Client {
  private readonly s3: S3Client;
  private readonly api: Admin;
  private readonly seen = new Map<string, Promise<unknown>>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(
    readonly endpoint: Endpoint,
    readonly region: string,
  ) {
    // The client's version is pinned; what its later ones need is no news for every deployment's output.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    const { user, password, tls, insecure, caFile } = endpoint;
    const ca = caFile ? readFileSync(caFile) : undefined;
    this.s3 = new S3Client({
      endpoint: this.address,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId: user, secretAccessKey: password },
      ...(tls && { requestHandler: { httpsAgent: new Agent({ keepAlive: true, ca, rejectUnauthorized: !insecure }) } }),
    });
    this.api = new Admin(this.s3, endpoint);
  }

  get address(): string {
    return `${this.endpoint.tls ? "https" : "http"}://${this.endpoint.server}`;
  }

  /** An S3 call. A server that does not answer is an error that says so, so that a refresh never takes silence for "gone". */
  async call<T>(what: string, send: (s3: S3Client) => Promise<T>): Promise<T> {
    try {
      return await send(this.s3);
    } catch (error) {
      if (error instanceof AdminError || (error instanceof S3ServiceException && error.$response)) throw error;
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new ProviderError(`${what}: ${unreachable(this.endpoint, reason)}`);
    }
  }

  /**
   * A change of a bucket's settings, one after another for one bucket: MinIO keeps them all in one record, and of two changes at a time
   * it forgets one.
   */
  changeBucket<T>(bucket: string, what: string, send: (s3: S3Client) => Promise<T>): Promise<T> {
    return this.write(`bucket ${bucket}`, () => this.call(`${what} of bucket "${bucket}"`, send));
  }

  /** An administration call, whose answer does not matter. */
  async admin(call: AdminCall): Promise<void> {
    await this.call(call.name, () => this.api.send(call));
  }

  /** A user, or `undefined` if there is none. Read once until something is written. */
  async user(name: string): Promise<UserInfo | undefined> {
    type Answer = { status: UserInfo["status"]; policyName?: string; memberOf?: string[] };
    const call = { method: "GET", name: "user-info", query: { accessKey: name } } as const;
    const info = await this.once<Answer>(call, "XMinioAdminNoSuchUser");
    return info && { status: info.status, policies: split(info.policyName), groups: info.memberOf ?? [] };
  }

  /** A group, or `undefined` if there is none. Read once until something is written. */
  async group(name: string): Promise<GroupInfo | undefined> {
    type Answer = { members?: string[]; status: GroupInfo["status"]; policy?: string };
    const call = { method: "GET", name: "group", query: { group: name } } as const;
    const info = await this.once<Answer>(call, "XMinioAdminNoSuchGroup");
    return info && { members: (info.members ?? []).sort(), policies: split(info.policy), status: info.status };
  }

  /** Reads one named thing; `undefined` if the server says by `absent` that it is not there. */
  async once<T>(call: AdminCall, absent: string): Promise<T | undefined> {
    const key = JSON.stringify(call);
    let answer = this.seen.get(key) as Promise<T | undefined> | undefined;
    if (!answer) {
      answer = this.call(call.name, () => this.api.ask<T>(call)).catch((error) => {
        if (error instanceof AdminError && error.code === absent) return undefined;
        throw error;
      });
      this.seen.set(key, answer);
    }
    return answer;
  }

  /**
   * Changes to the same user, group or bucket one after another: MinIO reads and writes the whole record. What was read before is forgotten
   * before and after, because users, groups and policies show up in each other's answers.
   */
  async write<T>(subject: string, change: () => Promise<T>): Promise<T> {
    const turn = (this.queues.get(subject) ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => {
        this.seen.clear();
        try {
          return await change();
        } finally {
          this.seen.clear();
        }
      });
    this.queues.set(subject, turn);
    return turn;
  }

  close(): void {
    this.s3.destroy();
  }
}

function split(policies: string | undefined): string[] {
  return policies ? policies.split(",") : [];
}

/** Whether the server said no with one of these codes. */
export function saysNo(error: unknown, ...codes: string[]): boolean {
  if (error instanceof S3ServiceException) return codes.includes(error.name);
  return error instanceof AdminError && codes.includes(error.code);
}
