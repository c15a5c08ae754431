import versions from "../../versions.json";

export type PluginName = keyof typeof versions.plugins;

/** The version of the official plugin that this build stands in for; the engine compares it with the SDK's. */
export function pinnedVersion(name: PluginName): string {
  return versions.plugins[name];
}
