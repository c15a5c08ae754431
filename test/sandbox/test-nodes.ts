import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopNode } from "../../sandbox/down";
import { readIfThere } from "../../sandbox/files";
import { slotsOnHost } from "../../sandbox/host/facts";
import { identify, isAlive, type ProcessId } from "../../sandbox/host/processes";
import { type Instance, listInstances, openInstance } from "../../sandbox/instance";
import type { Reporter } from "../../sandbox/progress";

const PREFIX = "lake-node-";
const OWNER = "owner.json";

/** An instance of this test process alone, in a state folder and with a cache of its own. */
export async function openTestInstance(): Promise<{ root: string; instance: Instance }> {
  const root = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(root, OWNER), JSON.stringify(identify(process.pid)));
  process.env.DRONE_LAKE_STATE = root;
  process.env.DRONE_LAKE_CACHE = mkdtempSync(join(root, ".cache-"));
  return { root, instance: openInstance(`t${process.pid}`, { kind: "embedded" }, await slotsOnHost()) };
}

/** Takes down the nodes of test processes that were killed, and removes their folders. Returns these. */
export async function sweepTestInstances(report: Reporter): Promise<string[]> {
  const state = process.env.DRONE_LAKE_STATE;
  const swept: string[] = [];
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const root = join(tmpdir(), name);
    const owner = readIfThere(join(root, OWNER));
    if (!owner || isAlive(JSON.parse(owner) as ProcessId)) continue;
    process.env.DRONE_LAKE_STATE = root;
    for (const instance of listInstances()) await stopNode(instance, report);
    rmSync(root, { recursive: true, force: true });
    swept.push(root);
  }
  if (state === undefined) delete process.env.DRONE_LAKE_STATE;
  else process.env.DRONE_LAKE_STATE = state;
  return swept;
}
