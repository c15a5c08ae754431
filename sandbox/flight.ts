import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SandboxError } from "./errors";
import { cacheDir, checkout } from "./paths";
import { exec } from "./process";
import type { Step } from "./progress";

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

/** Photographs the generated dike, once for each state of the generator. Returns the folder of its photos; the truth lies beside it. */
export async function sampleFlight(venv: string, step: Step): Promise<string> {
  const target = join(cacheDir(), "sample", generatorHash());
  if (existsSync(target)) {
    step.note("in the cache");
    return join(target, "photos");
  }
  const part = `${target}.${process.pid}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(cacheDir(), "sample"), { recursive: true });
  await exec(join(venv, "bin", "dronelake"), ["sample-flight", part], { step, onLine: (line) => step.note(line) });
  try {
    renameSync(part, target);
  } catch (error) {
    // Another run was first; its photos are the same.
    if (!existsSync(target)) throw error;
    rmSync(part, { recursive: true, force: true });
  }
  return join(target, "photos");
}

function generatorHash(): string {
  const dir = join(checkout, "tasks", "src", "dronelake", "sample");
  const hash = createHash("sha256");
  const files = readdirSync(dir).filter((file) => file.endsWith(".py"));
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(dir, file)));
  return hash.digest("hex").slice(0, 16);
}
