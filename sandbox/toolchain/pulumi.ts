import { existsSync } from "node:fs";
import { link, mkdir, readFile, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { buildPlugin } from "../../plugins/build";
import { cacheDir, checkout } from "../paths";
import type { Reporter, Step } from "../progress";
import { withoutEngineLog } from "./engine-log";
import { describeTree, hashOf } from "./hash";
import { installedPulumi, packages } from "./packages";
import { ensurePlugins } from "./plugins";
import { ensurePackage, findInstalled, ORIGIN } from "./resolve";
import { ensureFolder, sweep, touch } from "./store";
import { versions } from "./versions";

/** A Pulumi that can run this project's program. */
export interface PulumiInstallation {
  /** Has `bin/pulumi` and, beside it, `bin/pulumi-language-nodejs`. */
  root: string;
  /** The PULUMI_HOME whose `plugins/` has every provider at the version of its SDK. */
  home: string;
  /** What is a local build, since the official one could not be had: provider names, and `language-nodejs`. */
  local: string[];
}

/** Local builds that are kept for other checkouts, whose sources may differ. */
const KEPT_BUILDS = 4;

/** Makes the Pulumi command, its Node.js language host and the providers ready; says in one line which of them are local builds. */
export async function ensurePulumi(report: Reporter): Promise<PulumiInstallation> {
  const pack = packages.find(({ name }) => name === "pulumi");
  if (!pack) throw new Error("no package pulumi");
  const official = (await installedRoot()) ?? (await officialRoot(await ensurePackage(pack, report)));
  return report.step(`Pulumi ${versions.pulumi}`, async (step) => {
    const sources = hashOf([
      ...(await describeTree(join(checkout, "plugins"))),
      await readFile(join(checkout, "package-lock.json"), "utf8"),
      JSON.stringify(versions.plugins),
    ]);
    const root = official ?? (await localRoot(await ensurePackage(pack, report), sources, step));
    const { home, local } = await ensurePlugins(join(root, "bin", "pulumi"), sources, step);
    await withoutEngineLog(home);
    const all = [...(official ? [] : ["language-nodejs"]), ...local];
    for (const [folder, prefix] of [
      [root, `${versions.pulumi}-`],
      [home, "local-"],
    ] as const) {
      if (!basename(folder).startsWith(prefix)) continue;
      await touch(folder);
      await sweep(dirname(folder), KEPT_BUILDS, prefix);
    }
    if (all.length > 0) step.note(`local builds of ${all.join(", ")}: the official ones cannot be had here`);
    return { root, home, local: all };
  });
}

/** The installation on PATH, if it is whole and of the pinned version. */
async function installedRoot(): Promise<string | undefined> {
  const found = await findInstalled(installedPulumi);
  if (!found) return undefined;
  const bin = dirname(await realpath(found));
  return basename(bin) === "bin" && existsSync(join(bin, "pulumi-language-nodejs")) ? dirname(bin) : undefined;
}

/** The folder of the package, if it is the official distribution: this alone has the language host. */
async function officialRoot(folder: string): Promise<string | undefined> {
  const { source } = JSON.parse(await readFile(join(folder, ORIGIN), "utf8")) as { source: string };
  return source === "official download" ? folder : undefined;
}

/** A folder with the built command and the local language host, found by the engine since it lies beside the command. */
function localRoot(folder: string, sources: string, step: Step): Promise<string> {
  const target = join(cacheDir(), "tools", "pulumi-local", `${versions.pulumi}-${sources}`);
  return ensureFolder(target, step, async (into) => {
    const bin = join(into, "bin");
    await mkdir(bin);
    // Not a symbolic link: the engine looks beside the file that it really is.
    await link(join(folder, "bin", "pulumi"), join(bin, "pulumi"));
    await buildPlugin("language-nodejs", bin);
  });
}
