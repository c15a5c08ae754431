import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, get as httpsGet } from "node:https";
import { pipeline } from "node:stream/promises";
import type { Step } from "../progress";
import { Unavailable } from "./errors";
import { proxyFor, tunnel } from "./proxy";

const CONNECT_MS = 5000;
const STALL_MS = 60_000;
const MAX_REDIRECTS = 5;

/** Hosts that did not answer in this run, with the reason: one wait a host, however many tools come from it. */
const silent = new Map<string, string>();

/** A file at a URL. Without its SHA-256 (hex), the caller checks the content in another way. */
export interface Download {
  url: string;
  sha256: string | undefined;
}

/** Saves a URL as `file`. Throws `Unavailable` when it cannot be had, and an error that is final when its content is not what was promised. */
export async function download({ url, sha256 }: Download, file: string, step: Step): Promise<void> {
  step.note(`downloading ${new URL(url).host}${new URL(url).pathname}`);
  const response = await open(url);
  const hash = createHash("sha256");
  response.on("data", (chunk: Buffer) => hash.update(chunk));
  try {
    await pipeline(response, createWriteStream(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
    throw new Unavailable(`${url}: broken off: ${(error as Error).message}`);
  }
  const actual = hash.digest("hex");
  if (sha256 !== undefined && actual !== sha256.toLowerCase()) {
    throw new Error(
      `${url}: checksum mismatch: SHA-256 is ${actual}, its publisher says ${sha256}; not used. Something between here and the publisher changes files: remove it, or block the host to build from source instead`,
    );
  }
}

/** The body of a small text at a URL (a checksum file, an index). Throws `Unavailable`. */
export async function fetchText(url: string): Promise<string> {
  const response = await open(url);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk);
  } catch (error) {
    throw new Unavailable(`${url}: broken off: ${(error as Error).message}`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The SHA-256 that a checksum file gives for `name`: lines of `<hex>  <name>`, or the bare hex alone. Throws `Unavailable` if it has none. */
export function checksumOf(name: string, text: string, url: string): string {
  for (const line of text.split("\n")) {
    const match = /^([0-9a-fA-F]{64})(?:\s+\*?(\S+))?\s*$/.exec(line);
    if (match?.[1] && (match[2] === undefined || match[2] === name || match[2].endsWith(`/${name}`))) return match[1];
  }
  throw new Unavailable(`${url}: no SHA-256 of ${name} in it`);
}

/** Throws `Unavailable` when the host of `url` does not take a connection; remembered for the run. */
export async function probe(url: string): Promise<void> {
  const response = await open(url, "any");
  response.destroy();
}

/** Forgets which hosts did not answer; for tests. */
export function forgetSilentHosts(): void {
  silent.clear();
}

async function open(url: string, accept: "success" | "any" = "success", redirects = 0): Promise<IncomingMessage> {
  const host = new URL(url).host;
  const known = silent.get(host);
  if (known) throw new Unavailable(known);
  let response: IncomingMessage;
  try {
    response = await request(url);
  } catch (error) {
    const reason = `${host} does not answer: ${(error as Error).message}`;
    silent.set(host, reason);
    throw new Unavailable(reason);
  }
  const status = response.statusCode ?? 0;
  if (accept === "any") return response;
  if (status >= 300 && status < 400 && response.headers.location) {
    response.destroy();
    if (redirects === MAX_REDIRECTS) throw new Unavailable(`${url}: too many redirects`);
    const next = new URL(response.headers.location, url);
    if (url.startsWith("https:") && next.protocol !== "https:")
      throw new Unavailable(`${url}: redirects to plain HTTP`);
    return open(next.href, accept, redirects + 1);
  }
  if (status !== 200) {
    response.destroy();
    throw new Unavailable(`${url}: HTTP ${status}`);
  }
  return response;
}

async function request(url: string): Promise<IncomingMessage> {
  const secure = url.startsWith("https:");
  const proxy = proxyFor(new URL(url), process.env);
  const socket = proxy ? await tunnel(proxy, new URL(url), CONNECT_MS) : undefined;
  return new Promise((resolve, reject) => {
    const agent = socket ? undefined : secure ? new HttpsAgent() : new HttpAgent();
    const options = { agent, createConnection: socket ? () => socket : undefined };
    const sent = (secure ? httpsGet : httpGet)(url, options, (response) => {
      clearTimeout(timer);
      response.setTimeout(STALL_MS, () => response.destroy(new Error(`no data for ${STALL_MS / 1000} s`)));
      resolve(response);
    });
    const timer = setTimeout(() => sent.destroy(new Error(`no answer in ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    sent.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
