import { type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import type { Right } from "./matrix";

/** An object in a version that a governance retention keeps, and the bucket around it. */
export interface Target {
  Bucket: string;
  Key: string;
  VersionId: string;
}

/** One request of the S3 API. */
export interface Request {
  /** The action that MinIO asks the policies about. */
  action: `s3:${string}`;
  /** Another action that does as well. */
  or?: `s3:${string}`;
  /** What an identity needs to be allowed it. `nobody`: it is for root alone. `never`: it stays so, whatever else an identity is allowed. */
  needs: readonly Right[] | "nobody" | "never";
  /** A HEAD request, whose refusal has no body and so no code. */
  head?: boolean;
  /** How MinIO answers whoever is allowed: a code if the request then fails, as those do that would destroy something. */
  answer?: string;
  send(s3: S3Client, target: Target): Promise<unknown>;
}

/** Requests by the name that the S3 API gives them; what needs another right with an option has it in its name. */
export type Requests = Readonly<Record<string, Request>>;

/** What whoever is refused with a code is answered to a request. */
export function refusal({ head }: Request, code: string): string {
  return head ? "HTTP 403" : code;
}

/** `done`, or the code of the error that the server answers with. */
export async function answer(request: Promise<unknown>): Promise<string> {
  try {
    const { Errors } = ((await request) ?? {}) as { Errors?: { Code?: string }[] };
    // A list of deletions succeeds as a whole, and says of each what became of it.
    return Errors?.[0]?.Code ?? "done";
  } catch (error) {
    if (!(error instanceof S3ServiceException) || !error.$response) throw error;
    // The answer to a HEAD request has no body that could hold a code.
    return error.name === "Unknown" ? `HTTP ${error.$metadata.httpStatusCode}` : error.name;
  }
}
