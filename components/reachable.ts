import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { type Endpoint, refusal } from "./connect";

const PATIENCE_MS = 180_000;

/** The parts of `host:port`; an IPv6 address stands in brackets there. */
export function endpointOf(hostPort: string): Endpoint {
  const colon = hostPort.lastIndexOf(":");
  return { host: hostPort.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(hostPort.slice(colon + 1)) };
}

/** Waits until an endpoint accepts a connection, and throws after `patienceMs` with the reason of the last refusal. */
export async function untilReachable(endpoint: Endpoint, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const why = await refusal(endpoint);
    if (why === undefined) return;
    if (Date.now() > deadline) {
      throw new Error(
        `${endpoint.host}:${endpoint.port} accepts no connection (${why.message}), though its server in the cluster is ready: check \`endpoints\` in the stack's file, and what lies between here and there`,
      );
    }
    await sleep(1000);
  }
}

/**
 * The value, given on once the endpoint can be reached: a node port or a load balancer follows its server with a delay, and
 * providers do not try again. A preview asks nobody, nor does a rehearsal
 * (`report/rehearsal`), for which no server is started.
 */
export function onceReachable<T>(endpoint: Endpoint, server: pulumi.Resource, value: T): pulumi.Output<T> {
  return server.urn.apply(async () => {
    if (!pulumi.runtime.isDryRun() && !process.env.DRONE_LAKE_REHEARSAL) await untilReachable(endpoint);
    return value;
  }) as pulumi.Output<T>;
}
