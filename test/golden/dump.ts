/** What an environment declares, as files that a person reviews: one for each component at the top of the program. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EnvironmentName } from "../components/environments";
import type { Recorded } from "../components/recorder";
import { documentOf } from "./document";

const HEAD = "# Written by `npm run golden`: what the program declares, one document a resource, secrets masked.\n";

/** Where the dump of an environment lies. */
export function dumpFolder(environment: EnvironmentName): string {
  return join(__dirname, environment);
}

/** The file of a resource: that of its outermost component; `stack.yaml` for what belongs to none. */
function fileOf({ type, name, parents }: Recorded): string {
  const isComponent = type.startsWith("drone-data-lake:");
  return `${parents[0]?.name ?? (isComponent ? name : "stack")}.yaml`;
}

const order = ({ type, name }: Recorded) => `${type} ${name}`;

/** File name to content, in the order of types and names: that of registration differs from run to run. */
export function dump(recorded: readonly Recorded[]): Map<string, string> {
  const documents = new Map<string, string[]>();
  for (const resource of [...recorded].sort((a, b) => (order(a) < order(b) ? -1 : 1))) {
    const file = fileOf(resource);
    documents.set(file, [...(documents.get(file) ?? []), documentOf(resource)]);
  }
  return new Map([...documents].map(([file, texts]) => [file, HEAD + texts.join("---\n")]));
}

/** Makes the folder hold these files and nothing else. */
export async function writeDump(files: ReadonlyMap<string, string>, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [file, text] of files) await writeFile(join(folder, file), text);
}
