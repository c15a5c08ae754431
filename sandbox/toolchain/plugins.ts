import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildPlugin } from "../../plugins/build";
import { cacheDir } from "../paths";
import { exec } from "../process";
import type { Step } from "../progress";
import { probe } from "./download";
import { Unavailable } from "./errors";
import { hashOf } from "./hash";
import { withLock } from "./lock";
import { ensureFolder } from "./store";
import { versions } from "./versions";

export type PluginName = keyof typeof versions.plugins;
const pluginNames = Object.keys(versions.plugins) as PluginName[];
const folderOf = (name: PluginName) => `resource-${name}-v${versions.plugins[name]}`;

/** How long a refusal of the official plugins counts: a machine may get to the internet later. */
const REFUSED_MS = 24 * 3600 * 1000;

/**
 * A PULUMI_HOME with all plugins, and which of them are local builds: official ones where they can be had, local builds for the rest.
 * A home with local builds belongs to one state of their sources.
 */
export async function ensurePlugins(
  pulumi: string,
  sources: string,
  step: Step,
): Promise<{ home: string; local: PluginName[] }> {
  const officialHome = join(cacheDir(), "pulumi-home", "official");
  await installOfficial(pulumi, officialHome, step);
  const local = missingPlugins(officialHome);
  if (local.length === 0) return { home: officialHome, local };
  const localHome = join(cacheDir(), "pulumi-home", `local-${hashOf([sources, ...local])}`);
  await ensureFolder(localHome, step, async (into) => {
    await mkdir(join(into, "plugins"));
    for (const name of pluginNames) {
      if (local.includes(name)) {
        step.note(`building the plugin ${name}`);
        await addLocalPlugin(into, name);
        continue;
      }
      const [from, to] = [officialHome, into].map((home) => join(home, "plugins", folderOf(name))) as [string, string];
      await exec("cp", ["-a", "--link", from, to], { step });
    }
  });
  return { home: localHome, local };
}

/** Puts a local plugin into a PULUMI_HOME, unless it is there: never an official one. */
export async function addLocalPlugin(home: string, name: PluginName): Promise<void> {
  const folder = join(home, "plugins", folderOf(name));
  if (existsSync(folder)) return;
  await mkdir(join(home, "plugins"), { recursive: true });
  await buildPlugin(name, folder);
}

/** The plugins that a PULUMI_HOME lacks. One beside a file `.partial` is such: its installation was cut off. */
export function missingPlugins(home: string): PluginName[] {
  return pluginNames.filter((name) => {
    const folder = join(home, "plugins", folderOf(name));
    return !existsSync(join(folder, `pulumi-resource-${name}`)) || existsSync(`${folder}.partial`);
  });
}

/** Has the Pulumi command install its own plugins. Whatever cannot be had stays missing, and is asked for again a day later. */
async function installOfficial(pulumi: string, home: string, step: Step): Promise<void> {
  if (missingPlugins(home).length === 0 || (await wereRefused(home, missingPlugins(home)))) return;
  await mkdir(home, { recursive: true });
  const waiting = () => step.note("waiting for another run that installs plugins");
  await withLock(join(home, ".lock"), waiting, async () => {
    // Another run may have installed them, or been refused, in the meantime.
    const names = missingPlugins(home);
    if (names.length === 0 || (await wereRefused(home, names))) return;
    if (await answers(step)) for (const name of names) await install(pulumi, home, name, step);
    await noteRefusal(home, missingPlugins(home));
  });
}

async function answers(step: Step): Promise<boolean> {
  try {
    await probe("https://get.pulumi.com/");
    return true;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    step.log(error.message);
    return false;
  }
}

async function install(pulumi: string, home: string, name: PluginName, step: Step): Promise<void> {
  step.note(`installing the plugin ${name} ${versions.plugins[name]}`);
  const env = { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    const args = ["plugin", "install", "resource", name, versions.plugins[name]];
    await exec(pulumi, args, { env, step, timeoutMs: 600_000 });
  } catch (error) {
    step.log(`the official plugin ${name} cannot be had: ${(error as Error).message.split("\n")[0]}`);
  }
}

interface Refusal {
  /** Milliseconds since the epoch. */
  at: number;
  /** Folder names, which hold the versions. */
  plugins: string[];
}

const refusalFile = (home: string) => join(home, "refused.json");

async function wereRefused(home: string, names: readonly PluginName[]): Promise<boolean> {
  if (!existsSync(refusalFile(home))) return false;
  const { at, plugins } = JSON.parse(await readFile(refusalFile(home), "utf8")) as Refusal;
  return Date.now() - at < REFUSED_MS && names.every((name) => plugins.includes(folderOf(name)));
}

async function noteRefusal(home: string, names: readonly PluginName[]): Promise<void> {
  const refusal: Refusal = { at: Date.now(), plugins: names.map(folderOf) };
  await writeFile(refusalFile(home), `${JSON.stringify(refusal)}\n`);
}
