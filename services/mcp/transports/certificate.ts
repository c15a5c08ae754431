import { readFileSync } from "node:fs";
import type { Server } from "node:https";

const LOOK_MS = 60_000;

export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The certificate and its key as they are in the files now. */
export function readCertificate({ certificateFile, keyFile }: CertificateFiles): Pair {
  return { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
}

/** Takes a renewed certificate up while the server runs, at most `everyMs` later. A pair that is only half written is left for the next look. */
export function followRenewals(
  server: Server,
  files: CertificateFiles,
  used: Pair,
  log: (line: string) => void,
  everyMs = LOOK_MS,
): void {
  let current = used;
  const look = () => {
    try {
      const found = readCertificate(files);
      if (found.cert.equals(current.cert)) return;
      server.setSecureContext(found);
      current = found;
      log("certificate loaded again");
    } catch (error) {
      log(`the renewed certificate cannot be read yet: ${(error as Error).message}`);
    }
  };
  const timer = setInterval(look, everyMs);
  server.once("close", () => clearInterval(timer));
}
