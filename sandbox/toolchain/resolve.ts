import { constants, existsSync } from "node:fs";
import { access, readdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { exec } from "../process";
import type { Reporter } from "../progress";
import { installedVersion } from "./debian";
import { Unavailable } from "./errors";
import type { Installed, Package } from "./packages";
import { ensureFolder, storedAt } from "./store";

/** Written into the folder of every package: which of its sources it came from. */
export const ORIGIN = ".origin.json";

/**
 * Returns the folder of a package, from the cache or else from the first of its sources that has it. Every refusal is told when none has.
 */
export async function ensurePackage(pack: Package, report: Reporter): Promise<string> {
  const folder = storedAt(pack.name, pack.version);
  if (existsSync(folder)) return folder;
  return report.step(`${pack.name} ${pack.version}`, (step) =>
    ensureFolder(folder, step, async (into) => {
      const refusals: string[] = [];
      for (const source of pack.sources) {
        try {
          await source.fill(into, step);
          await writeFile(
            join(into, ORIGIN),
            `${JSON.stringify({ source: source.kind, at: new Date().toISOString() })}\n`,
          );
          step.note(`${source.kind}`);
          return;
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          refusals.push(`${source.kind}: ${error.message}`);
          step.log(refusals.at(-1) as string);
          for (const left of await readdir(into)) await rm(join(into, left), { recursive: true, force: true });
        }
      }
      throw new Error(
        [`${pack.name} ${pack.version} cannot be had:`, ...refusals.map((line) => `  - ${line}`)].join("\n"),
      );
    }),
  );
}

/** The path of a copy that the machine has already, if it is of exactly the version. */
export async function findInstalled(installed: Installed): Promise<string | undefined> {
  if ("debian" in installed) {
    return existsSync(installed.path) && (await installedVersion(installed.debian)) === installed.version
      ? installed.path
      : undefined;
  }
  const path = await onPath(installed.command);
  if (!path) return undefined;
  try {
    const { stdout } = await exec(path, installed.args, { timeoutMs: 10_000 });
    return installed.prints.test(stdout) ? path : undefined;
  } catch {
    return undefined;
  }
}

async function onPath(command: string): Promise<string | undefined> {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    if (!dir.startsWith("/")) continue;
    try {
      await access(join(dir, command), constants.X_OK);
      return join(dir, command);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
