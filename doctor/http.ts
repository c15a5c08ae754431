import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { NoAnswer } from "./answers";

const TIMEOUT_MS = 5000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Asks for a URL and drops the body. Throws when nothing answers within 5 s, or when its certificate does not hold. */
export function get(url: string, { caFile }: { caFile?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ca = caFile === undefined ? undefined : readFileSync(caFile);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const start = url.startsWith("https:") ? httpsRequest : httpRequest;
    const call = start(url, { ca, signal, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    });
    call.once("error", (error) =>
      reject(signal.aborted ? new NoAnswer(`${url}: no answer within ${TIMEOUT_MS / 1000} s`) : error),
    );
    call.end();
  });
}
