import { connect } from "node:net";

const ATTEMPT_MS = 5_000;

/** An address that accepts TCP connections. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Why an endpoint accepts no connection within 5 s, with the system's code where it has one; undefined when it does. */
export function refusal({ host, port }: Endpoint): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS });
    const end = (why?: Error) => {
      socket.destroy();
      resolve(why);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(new Error(`no answer in ${ATTEMPT_MS / 1000} s`)));
    socket.once("error", end);
  });
}
