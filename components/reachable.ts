import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

const PATIENCE_MS = 180_000;
const ATTEMPT_MS = 5_000;

/** An address that accepts TCP connections. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The parts of `host:port`; an IPv6 address stands in brackets there. */
export function endpointOf(hostPort: string): Endpoint {
  const colon = hostPort.lastIndexOf(":");
  return { host: hostPort.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(hostPort.slice(colon + 1)) };
}

/** Why an endpoint accepts no connection within 5 s; undefined when it does. */
function refusal({ host, port }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS });
    const end = (why?: string) => {
      socket.destroy();
      resolve(why);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(`no answer in ${ATTEMPT_MS / 1000} s`));
    socket.once("error", (error) => end(error.message));
  });
}

/** Waits until an endpoint accepts a connection, and throws after `patienceMs` with the reason of the last refusal. */
export async function untilReachable(endpoint: Endpoint, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const why = await refusal(endpoint);
    if (why === undefined) return;
    if (Date.now() > deadline) {
      throw new Error(
        `${endpoint.host}:${endpoint.port} accepts no connection (${why}), though its server in the cluster is ready: check \`endpoints\` in the stack's file, and what lies between here and there`,
      );
    }
    await sleep(1000);
  }
}

/**
 * The value, given on once the endpoint can be reached: a node port or a load balancer follows its server with a delay, and
 * providers do not try again. A preview asks nobody.
 */
export function onceReachable<T>(endpoint: Endpoint, server: pulumi.Resource, value: T): pulumi.Output<T> {
  return server.urn.apply(async () => {
    if (!pulumi.runtime.isDryRun()) await untilReachable(endpoint);
    return value;
  }) as pulumi.Output<T>;
}
