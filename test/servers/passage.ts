/** A way to a server that can be cut, to see what a deployment does when the server does not answer. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./processes";

export class Passage {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(
    readonly port: number,
    private readonly target: { host: string; port: number },
  ) {}

  static async to(host: string, port: number): Promise<Passage> {
    const passage = new Passage(await freePort(), { host, port });
    await passage.open();
    return passage;
  }

  open(): Promise<void> {
    const server = createServer((socket) => {
      const onward = connect(this.target);
      for (const end of [socket, onward]) {
        this.sockets.add(end);
        end.on("error", () => undefined);
        end.on("close", () => {
          this.sockets.delete(end);
          socket.destroy();
          onward.destroy();
        });
      }
      socket.pipe(onward).pipe(socket);
    });
    this.server = server;
    return new Promise((resolve) => server.listen(this.port, "127.0.0.1", resolve));
  }

  /** Ends every connection; new ones are refused from now on. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
