import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { identify, signal } from "./processes";

/** Weight of a control group of version 1, for every core: what Kubernetes counts with. */
const SHARES_A_CORE = 1024;

/** Where a control group hierarchy is mounted, and whether it is the unified one (version 2). */
interface Hierarchy {
  readonly mount: string;
  readonly unified: boolean;
}

/** The hierarchies of this machine: one with version 2, one a controller with version 1, both kinds on a hybrid. */
export function hierarchies(mounts = readFileSync("/proc/self/mounts", "utf8")): Hierarchy[] {
  return mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, mount, type]) => (type === "cgroup" || type === "cgroup2") && mount)
    .map(([, mount, type]) => ({ mount: mount as string, unified: type === "cgroup2" }));
}

/** The folders of a control group in every hierarchy, whether they exist or not. */
export function groupDirs(group: string): string[] {
  return hierarchies().map(({ mount }) => join(mount, group));
}

/** Makes a control group and its leaf in every hierarchy. */
export function makeGroup(group: string, leaf: string): void {
  for (const { mount, unified } of hierarchies()) {
    const dir = join(mount, group);
    mkdirSync(dir, { recursive: true });
    if (unified) delegate(mount, dir);
    mkdirSync(join(dir, leaf), { recursive: true });
    if (!unified) for (const path of [dir, join(dir, leaf)]) inheritCpuset(path);
    // With version 1 a group weighs as much as one process by default, and the whole node is in this one.
    if (existsSync(join(dir, "cpu.shares")))
      writeFileSync(join(dir, "cpu.shares"), String(SHARES_A_CORE * cpus().length));
  }
}

/** Hands the controllers that the parent has on to the group's children. */
function delegate(parent: string, dir: string): void {
  const controllers = (readIf(join(parent, "cgroup.controllers")) ?? "").trim().split(/\s+/).filter(Boolean);
  for (const at of [parent, dir]) {
    for (const controller of controllers) {
      try {
        writeFileSync(join(at, "cgroup.subtree_control"), `+${controller}`);
      } catch {
        // A controller that this kernel cannot hand on here is not there for pods either; the kubelet names it if it needs it.
      }
    }
  }
}

/** A version 1 cpuset starts empty, and an empty one takes no process. */
function inheritCpuset(dir: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (readIf(join(dir, file))?.trim() === "") {
      writeFileSync(join(dir, file), readFileSync(join(dir, "..", file), "utf8"));
    }
  }
}

function readIf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Every process in the group and below it. */
export function groupPids(group: string): number[] {
  const pids = new Set<number>();
  for (const dir of groupDirs(group)) {
    for (const below of tree(dir)) {
      for (const pid of (readIf(join(below, "cgroup.procs")) ?? "").split("\n")) if (pid) pids.add(Number(pid));
    }
  }
  return [...pids];
}

/** Highest use of memory by the group so far, in bytes; undefined where the kernel does not keep it. */
export function peakMemory(group: string): number | undefined {
  for (const dir of groupDirs(group)) {
    const text = readIf(join(dir, "memory.max_usage_in_bytes")) ?? readIf(join(dir, "memory.peak"));
    if (text) return Number(text);
  }
  return undefined;
}

/** Ends what still runs in the group and removes it. Returns the folders that it removed. */
export async function removeGroup(group: string): Promise<string[]> {
  for (let round = 0; round < 100; round++) {
    const pids = groupPids(group);
    if (pids.length === 0) break;
    for (const pid of pids) {
      const id = identify(pid);
      if (id) signal(id, "SIGKILL");
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  const removed: string[] = [];
  for (const dir of groupDirs(group)) {
    if (!existsSync(dir)) continue;
    for (const below of tree(dir).reverse()) await removeDir(below);
    removed.push(dir);
  }
  return removed;
}

/** A group whose last process has just ended is busy for a moment. */
async function removeDir(dir: string): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      rmdirSync(dir);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || round >= 100) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

/** A folder and all below it, parents first. */
function tree(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return [
    dir,
    ...readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => tree(join(dir, entry.name))),
  ];
}
