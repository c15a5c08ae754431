import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Who is let in. */
export interface Gate {
  readonly token: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

/** Why a request is not let in. */
export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Whether a request comes by a name of the server (else a web page has turned a name of its own to our address), from a program or a web
 * page that may, and with the token. Undefined when all is well.
 */
export function refusal(headers: IncomingHttpHeaders, gate: Gate): Refusal | undefined {
  if (!gate.allowedHosts.includes(hostOf(headers.host ?? ""))) {
    return { status: 421, error: "this server is not called by that name" };
  }
  const { origin, authorization = "" } = headers;
  if (origin !== undefined && !gate.allowedOrigins.includes(origin)) {
    return { status: 403, error: "web pages of that origin may not call this server" };
  }
  const [, word] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (word === undefined) return unauthorized("a token is needed: Authorization: Bearer <token>", "");
  if (!sameSecret(word, gate.token)) return unauthorized("the token is wrong", ', error="invalid_token"');
  return undefined;
}

function unauthorized(error: string, more: string): Refusal {
  return { status: 401, error, headers: { "www-authenticate": `Bearer realm="drone-lake"${more}` } };
}

/** The host of `host[:port]`, in lower case and without the brackets of an IPv6 address. */
function hostOf(header: string): string {
  return header
    .toLowerCase()
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "");
}

/** Compares in a time that tells nothing of either: their digests, which are of one length. */
function sameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
