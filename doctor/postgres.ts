import { readFileSync } from "node:fs";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Environment } from "../config";
import { NoAnswer } from "./answers";

const TIMEOUT_MS = 5000;

/** PostgreSQL's SSLRequest: its length, and a code in the place of a protocol version. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Asks a PostgreSQL server whether it speaks TLS, and checks its certificate as far as `sslmode` says. No password is sent.
 *
 * Returns false where it refuses TLS. Throws when nothing answers, when it is no PostgreSQL, or when its certificate does not hold.
 */
export async function startTls({
  host,
  port,
  sslmode,
  caFile,
}: Environment["endpoints"]["postgres"]): Promise<boolean> {
  const socket = connectTcp({ host, port });
  try {
    const answer = await firstByte(socket);
    if (answer === "N") return false;
    if (answer !== "S") throw new Error("what answers there is no PostgreSQL server");
    if (sslmode.startsWith("verify-")) await handshake(socket, { host, caFile, name: sslmode === "verify-full" });
    return true;
  } finally {
    socket.destroy();
  }
}

function firstByte(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(TIMEOUT_MS, () => reject(new NoAnswer(`no answer within ${TIMEOUT_MS / 1000} s`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new NoAnswer("the connection was closed")));
    socket.once("connect", () => socket.write(SSL_REQUEST));
    socket.once("data", (data) => resolve(data.toString("latin1", 0, 1)));
  });
}

/** `name`: whether the certificate must be for the host too. */
function handshake(socket: Socket, of: { host: string; caFile?: string; name: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    const tls = connectTls(
      {
        socket,
        ca: of.caFile === undefined ? undefined : readFileSync(of.caFile),
        servername: isIP(of.host) ? undefined : of.host,
        host: of.host,
        ...(of.name ? {} : { checkServerIdentity: () => undefined }),
      },
      () => {
        tls.destroy();
        resolve();
      },
    );
    tls.setTimeout(TIMEOUT_MS, () => reject(new Error(`no TLS within ${TIMEOUT_MS / 1000} s`)));
    tls.once("error", reject);
  });
}
