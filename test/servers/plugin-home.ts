import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildPlugin } from "../../plugins/build";
import versions from "../../versions.json";

export type PluginName = keyof typeof versions.plugins;

/** Puts a local plugin into a PULUMI_HOME, unless it is there: never an official one. `mc` is the program that the minio plugin calls. */
export async function addLocalPlugin(home: string, name: PluginName, mc: string): Promise<void> {
  const folder = join(home, "plugins", `resource-${name}-v${versions.plugins[name]}`);
  if (existsSync(folder)) return;
  mkdirSync(join(home, "plugins"), { recursive: true });
  await buildPlugin(name, folder);
  if (name === "minio") symlinkSync(mc, join(folder, "mc"));
}
