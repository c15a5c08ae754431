/**
 * SCRAM-SHA-256 verifiers (RFC 5803) as PostgreSQL stores them: a password's proof, from which the password cannot be read. Sent in its place, the
 * password shows up in no server log and no pg_stat_activity.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const ITERATIONS = 4096;

/** Whether the text is no password but already what the server stores. */
export function isStored(password: string): boolean {
  return /^md5[0-9a-f]{32}$/.test(password) || /^SCRAM-SHA-256\$\d+:/.test(password);
}

/**
 * What to send for a password. Other than plain ASCII would first need SASLprep, which the server does by itself when it gets the
 * password as it is.
 */
export function forServer(password: string): string {
  return isStored(password) || !/^[\x20-\x7e]*$/.test(password)
    ? password
    : verifier(password, randomBytes(16), ITERATIONS);
}

export function verifier(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}

/** Whether `stored` (of the role `user`) was made from `password`; `undefined` if that cannot be told. */
export function matches(stored: string, password: string, user: string): boolean | undefined {
  if (stored === password) return true;
  const scram = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(stored);
  if (scram) {
    if (!/^[\x20-\x7e]*$/.test(password)) return undefined;
    return equalText(stored, verifier(password, Buffer.from(scram[2] as string, "base64"), Number(scram[1])));
  }
  if (!stored.startsWith("md5")) return undefined;
  return equalText(
    stored,
    `md5${createHash("md5")
      .update(password + user)
      .digest("hex")}`,
  );
}

function equalText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
