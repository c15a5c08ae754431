import { createServer, request, type Server } from "node:http";
import { freePort } from "./processes";

/** What stands between a deployment and MinIO, and refuses some requests, to see what a deployment does that gets only half way. */
export class RefusingProxy {
  /** Whether it refuses them now. */
  refuses = true;

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  /** Passes on to `target` (host:port) what it does not refuse; `path` tells which requests those are. */
  static async to(target: string, path: RegExp): Promise<RefusingProxy> {
    const [host, targetPort] = target.split(":");
    const server = createServer((incoming, answer) => {
      if (proxy.refuses && path.test(incoming.url ?? "")) {
        incoming.resume();
        answer.writeHead(400).end(JSON.stringify({ Code: "NotToday", Message: "no such luck" }));
        return;
      }
      // The Host header stays as it is: it is signed.
      const { method, url, headers } = incoming;
      const onward = request({ host, port: targetPort, method, path: url, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      incoming.pipe(onward);
    });
    const proxy = new RefusingProxy(await freePort(), server);
    await new Promise<void>((resolve) => server.listen(proxy.port, "127.0.0.1", resolve));
    return proxy;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
