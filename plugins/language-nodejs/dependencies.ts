/** The packages that a program declares, with the versions that are installed. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface Dependency {
  name: string;
  version: string;
}

/** Direct dependencies out of the nearest package.json; one that is not installed has the version that was asked for. */
export function dependencies(folder: string): Dependency[] {
  const manifest = nearestManifest(folder);
  if (!manifest) return [];
  const { dependencies = {}, devDependencies = {} } = readJson(manifest);
  return Object.entries({ ...dependencies, ...devDependencies }).map(([name, asked]) => ({
    name,
    version: installedVersion(dirname(manifest), name) ?? String(asked),
  }));
}

function nearestManifest(folder: string): string | undefined {
  const path = join(folder, "package.json");
  try {
    readFileSync(path);
    return path;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? undefined : nearestManifest(parent);
  }
}

/** Looked up as Node does, without `exports`, which often hides package.json. */
function installedVersion(folder: string, name: string): string | undefined {
  for (const place of createRequire(join(folder, "index.js")).resolve.paths(name) ?? []) {
    try {
      return readJson(join(place, name, "package.json")).version;
    } catch {
      // Not here: the next place.
    }
  }
  return undefined;
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

function readJson(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}
