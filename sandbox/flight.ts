import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SandboxError } from "./errors";
import { cacheDir, checkout } from "./paths";
import { ExecError, exec } from "./process";
import type { Step } from "./progress";
import { ensureFolder, isComplete } from "./toolchain/store";

/** A folder of photos, and the names under which they go into the lake. */
export interface FlightSource {
  readonly dir: string;
  readonly project: string;
  readonly flight: string;
}

export const SAMPLE = { project: "sample-dike", flight: "sample-flight" } as const;

/** Names in object keys: what a folder is called, without what a key or a label cannot hold. */
export function nameFrom(text: string): string {
  const name = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, "-")
    .replace(/^[-._]+|[-._]+$/g, "");
  return name || "flight";
}

/** A person's own photos. Throws when there is no such folder, or nothing in it. */
export function ownFlight(
  dir: string,
  project: string | undefined,
  flight: string | undefined,
  from: string,
): FlightSource {
  const path = resolve(from, dir);
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new SandboxError(`--flight ${dir}: there is no folder ${path}`, 2);
  }
  if (readdirSync(path).length === 0) throw new SandboxError(`--flight ${dir}: the folder ${path} is empty`, 2);
  const name = nameFrom(basename(path));
  return { dir: path, project: project ?? name, flight: flight ?? name };
}

/** What `dronelake upload` checks before it sends anything. */
const CHECK = `
import sys
from pathlib import Path
from dronelake.errors import LakeError
from dronelake.keys import Flight
from dronelake.upload import check_folder
project, name, *folders = sys.argv[1:]
try:
    flight = Flight(project, name)
    for folder in folders:
        check_folder(flight, Path(folder))
except LakeError as error:
    sys.exit(str(error))
`;

/** Throws for names that cannot be kept and for photos that cannot be uploaded: in seconds, and not when the whole lake is up. */
export async function checkFlight(
  venv: string,
  { project, flight, dir }: Omit<FlightSource, "dir"> & { readonly dir?: string },
  step: Step,
): Promise<void> {
  const folder = dir === undefined ? [] : [dir];
  try {
    await exec(join(venv, "bin", "python"), ["-c", CHECK, project, flight, ...folder], { step });
  } catch (error) {
    if (!(error instanceof ExecError) || error.code !== 1 || error.stderr.includes("Traceback")) throw error;
    throw new SandboxError(`this flight cannot be sent: ${error.tail.at(-1)}`, 2);
  }
}

/** Photographs the generated dike, once for each state of the generator. Returns the folder of its photos; the truth lies beside it. */
export async function sampleFlight(venv: string, step: Step, options: readonly string[] = []): Promise<string> {
  const target = join(cacheDir(), "sample", generatorHash());
  if (isComplete(target)) {
    step.note("in the cache");
    return join(target, "photos");
  }
  await ensureFolder(target, step, async (into) => {
    // The folder is moved when it is whole: what is said of it holds for where it will be.
    const onLine = (line: string) => step.note(line.replaceAll(into, target));
    await exec(join(venv, "bin", "dronelake"), ["sample-flight", into, ...options], { step, onLine });
  });
  return join(target, "photos");
}

function generatorHash(): string {
  const dir = join(checkout, "tasks", "src", "dronelake", "sample");
  const hash = createHash("sha256");
  const files = readdirSync(dir).filter((file) => file.endsWith(".py"));
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(dir, file)));
  return hash.digest("hex").slice(0, 16);
}
