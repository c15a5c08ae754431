import { readdirSync, readFileSync } from "node:fs";
import { groupPids } from "../sandbox/host/cgroups";

/** Looks once a second at the memory of a sandbox and of what runs it, until it is stopped, and keeps the highest sum. */
export class MemoryPeak {
  private peak = 0;
  private readonly timer: NodeJS.Timeout;

  /** `group`: the control group of the node and its pods. */
  constructor(group: string) {
    this.timer = setInterval(() => {
      const pids = new Set([...groupPids(group), ...descendants(process.pid)]);
      this.peak = Math.max(this.peak, memoryOf(pids));
    }, 1000);
  }

  /** Ends the watch and returns the peak in bytes. */
  stop(): number {
    clearInterval(this.timer);
    return this.peak;
  }
}

/** Memory of some processes in bytes; pages that are shared count once (PSS). */
function memoryOf(pids: Iterable<number>): number {
  let kib = 0;
  for (const pid of pids) {
    kib += Number(/^Pss:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  }
  return kib * 1024;
}

/** All processes that a process started, and those that they started. */
function descendants(of: number): Set<number> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readProc(`/proc/${name}/status`))?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = new Set<number>();
  const visit = (pid: number) => {
    for (const child of children.get(pid) ?? []) {
      found.add(child);
      visit(child);
    }
  };
  visit(of);
  return found;
}

/** A file of /proc; empty when its process has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
