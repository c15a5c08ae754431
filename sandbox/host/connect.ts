import { createConnection } from "node:net";

const CONNECT_MS = 5000;

/** Tries to connect to a TCP port: `true`, or the reason why not, such as `ECONNREFUSED` or `no answer`. */
export function connects(host: string, port: number): Promise<true | string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: CONNECT_MS });
    const end = (answer: true | string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end("no answer"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
