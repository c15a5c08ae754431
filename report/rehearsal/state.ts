/** The state that a program would have, had its `up` gone well, without a server. */
import { join } from "node:path";
import type { PulumiInstallation } from "../../sandbox/toolchain/pulumi";
import versions from "../../versions.json";
import { engineEnv, type Program, stackApart } from "../engine";
import { type Rehearsed, rehearse } from "./provider";

/** Providers that would reach a server. */
const STOOD_IN = ["kubernetes", "minio", "postgresql"] as const;

/** Variables with which no provider finds a cluster of this machine. */
export function withoutCluster(folder: string): Record<string, string> {
  return { KUBECONFIG: join(folder, "no-cluster") };
}

/**
 * Runs a program's `up` into the state in `folder`, with providers that make nothing. Passwords and the like are made as ever, as
 * they need no server.
 *
 * @throws the engine's error where the program does not come through.
 */
export async function rehearseUp(pulumi: PulumiInstallation, folder: string, program: Program): Promise<void> {
  await rehearsed(pulumi, folder, async (env) => {
    const stack = await stackApart(pulumi, folder, program, env);
    await stack.up({ color: "never" });
  });
}

/** Does something with the variables by which the engine finds providers that make nothing. */
export async function rehearsed(
  pulumi: PulumiInstallation,
  folder: string,
  work: (env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const env = { ...process.env, ...engineEnv(pulumi), ...withoutCluster(folder) };
  const providers = new Map<string, Rehearsed>();
  try {
    for (const name of STOOD_IN) {
      const plugin = join(pulumi.home, "plugins", `resource-${name}-v${versions.plugins[name]}`);
      providers.set(name, await rehearse(name, join(plugin, `pulumi-resource-${name}`), env));
    }
    await work({
      ...withoutCluster(folder),
      PULUMI_DEBUG_PROVIDERS: [...providers].map(([name, { port }]) => `${name}:${port}`).join(","),
      DRONE_LAKE_REHEARSAL: "1",
      // Else the whole state is written at each of some hundred steps, and nobody needs it should this break off.
      PULUMI_SKIP_CHECKPOINTS: "true",
    });
  } finally {
    await Promise.all([...providers.values()].map((provider) => provider.stop()));
  }
}
