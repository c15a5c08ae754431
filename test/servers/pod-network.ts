import { createServer, connect as dial, type Server } from "node:net";
import { isRunning, start } from "../../sandbox/cluster/daemons";
import { inNode, makeNode } from "../../sandbox/cluster/namespaces";
import type { NodeTools } from "../../sandbox/cluster/settings";
import type { Instance } from "../../sandbox/instance";

const step = { note: () => {}, log: () => {} };

/** Gives a network namespace of that name a link and an address, as the node's CNI plugin gives them to a pod. Arguments: name, address. */
const ADD = `
set -eu
ip netns add "$1"
ip link add "to-$1" type veth peer name eth0 netns "$1"
ip address add 10.244.0.1/32 dev "to-$1"
ip link set "to-$1" up
ip netns exec "$1" sh -eu -c '
  ip link set lo up; ip address add "$0/32" dev eth0; ip link set eth0 up
  ip route add 10.244.0.1 dev eth0; ip route add default via 10.244.0.1
' "$2"
ip route add "$2/32" dev "to-$1"
`;

const LISTEN = `
import socket, sys
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
while True: server.accept()[0].close()
`;

/** A node's network with places that stand for pods, each a network namespace. */
export class PodNetwork {
  private constructor(
    readonly instance: Instance,
    private readonly tools: NodeTools,
  ) {}

  static async make(instance: Instance, tools: NodeTools): Promise<PodNetwork> {
    return new PodNetwork(await makeNode(instance, step), tools);
  }

  async add(place: string, address: string): Promise<void> {
    await inNode(this.instance, ["sh", "-c", ADD, "add", place, address]);
  }

  /** Listens on a TCP port of a place, or of the node itself. */
  async listen(port: number, place?: string): Promise<void> {
    const at = place ? ["ip", "netns", "exec", place] : [];
    await this.run(`listen-${place ?? "node"}-${port}`, [...at, "python3", "-c", LISTEN, String(port)]);
  }

  /** Starts a long-running process on the node. Returns whether it still runs. */
  async run(name: string, command: readonly string[]): Promise<() => boolean> {
    const component = { name, command };
    await start(this.instance, component, this.tools, step);
    return () => isRunning(this.instance, component);
  }

  /** Whether a TCP connection comes about within so many seconds. */
  async connects(from: string | undefined, address: string, port: number, seconds = 2): Promise<boolean> {
    const at = from ? ["ip", "netns", "exec", from] : [];
    const dialling = `exec 3<>/dev/tcp/${address}/${port}`;
    const command = [...at, "timeout", String(seconds), "bash", "-c", dialling];
    return (await inNode(this.instance, command, { allowed: [0, 1, 124] })).code === 0;
  }
}

/** Passes TCP connections to an address of this machine on to a port of its loopback. */
export function relay(host: string, port: number): Promise<Server> {
  const server = createServer((near) => {
    const far = dial(port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => [near, far].forEach((end) => void end.destroy()));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, () => resolve(server));
  });
}
