import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The project's name in the directories that it keeps on a machine. */
const PROJECT = "drone-data-lake";

/** The checkout that this code runs from. */
export const checkout = resolve(__dirname, "..");

/** Where downloads, builds and images are kept, shared by all instances: `DRONE_LAKE_CACHE`, or the user's XDG cache. */
export function cacheDir(): string {
  return resolve(
    process.env.DRONE_LAKE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), PROJECT),
  );
}

/** Where the state of every instance lives: `DRONE_LAKE_STATE`, or the user's XDG state. */
export function stateRoot(): string {
  return resolve(
    process.env.DRONE_LAKE_STATE || join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), PROJECT),
  );
}

/** Where one instance keeps its cluster, kubeconfig, logs and Pulumi state. */
export function stateDir(instance: string): string {
  return join(stateRoot(), instance);
}

/** Tells folders apart in names that the whole machine shares, such as those of control groups. */
export function pathHash(dir: string): string {
  return createHash("sha256").update(dir).digest("hex").slice(0, 8);
}
