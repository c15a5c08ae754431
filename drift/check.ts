import type { Stack } from "@pulumi/pulumi/automation";
import { type Drift, judge } from "./judge";
import { lookAt } from "./looks";
import { previewRefresh } from "./refresh";
import { secretsIn, withoutSecrets } from "./secrets";
import { type Health, healthOf, openServers, type Server } from "./servers";
import { type Resource, readState } from "./state";

export interface Result {
  readonly health: readonly Health[];
  /** None while a server is unhealthy: what is gone cannot be told from what does not answer. */
  readonly drifts: readonly Drift[];
  /** What was put back, where that was asked for. */
  readonly mended: readonly Drift[];
}

/**
 * Compares a stack's state with what is there. With `mend` it puts back what Pulumi is blind to, and compares again; without, it
 * changes nothing.
 *
 * @throws StateError where the state is not fit to be compared, Error where something may not be looked at.
 */
export async function checkDrift(stack: Stack, { mend = false } = {}): Promise<Result> {
  const { deployment } = await stack.exportStack();
  const resources = readState(deployment);
  const mended: Drift[] = [];
  if (mend) {
    await inspect(stack, resources, async (drifts) => {
      for (const drift of drifts) {
        await drift.restore?.();
        if (drift.restore) mended.push(drift);
      }
    });
  }
  return { ...(await inspect(stack, resources)), mended };
}

/** One look at everything; `use` gets what was found while the servers can still be reached. */
async function inspect(
  stack: Stack,
  resources: readonly Resource[],
  use?: (drifts: readonly Drift[]) => Promise<void>,
): Promise<Omit<Result, "mended">> {
  const servers = openServers(resources);
  try {
    const before = await healthOf(servers);
    if (!healthy(before)) return { health: before, drifts: [] };
    const found = await compare(stack, resources, servers).catch((error: unknown) => ({ error }));
    // A server that stopped answering meanwhile makes nonsense of what was found, and of what failed.
    const health = await healthOf(servers);
    if (!healthy(health)) return { health, drifts: [] };
    if ("error" in found) throw found.error;
    await use?.(found);
    return { health, drifts: found };
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

async function compare(stack: Stack, resources: readonly Resource[], servers: readonly Server[]): Promise<Drift[]> {
  const refreshed = await previewRefresh(stack, resources);
  const looked = [];
  for (const server of servers) looked.push(...(await lookAt(server)));
  return withoutSecrets(judge(refreshed, looked), secretsIn(resources));
}

export function healthy(health: readonly Health[]): boolean {
  return health.every(({ problem }) => problem === undefined);
}
