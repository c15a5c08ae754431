import { createHash } from "node:crypto";
import { z } from "zod";
import { Problem } from "../problem";

const envelope = z.strictObject({ q: z.string(), at: z.unknown() });

/** What a search asks for, as a few characters: a cursor goes on with the search that it came from and with no other. */
function fingerprint(query: unknown): string {
  return createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12);
}

/** Where a page ended, in a form to be handed back as it is. */
export function writeCursor(query: unknown, at: unknown): string {
  return Buffer.from(JSON.stringify({ q: fingerprint(query), at })).toString("base64url");
}

/** Reads a cursor. Throws Problem for one that is not of this search. */
export function readCursor<T>(text: string, query: unknown, position: z.ZodType<T>): T {
  const parsed = envelope.safeParse(decoded(text));
  const at = position.safeParse(parsed.data?.at);
  if (!parsed.success || !at.success) {
    throw new Problem("the cursor is not one that a page ended with", "leave it out to begin at the first page");
  }
  if (parsed.data.q !== fingerprint(query)) {
    throw new Problem(
      "the cursor is of another search",
      "repeat the arguments of that search, or leave the cursor out to begin at the first page",
    );
  }
  return at.data;
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
