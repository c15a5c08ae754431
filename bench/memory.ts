import { readFileSync } from "node:fs";
import { groupPids } from "../sandbox/host/cgroups";

/** Memory of every process in a control group, its pods included, in bytes; pages that are shared count once (PSS). */
export function memoryOf(group: string): number {
  let kib = 0;
  for (const pid of groupPids(group)) {
    try {
      kib += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // The process ended between the listing and the look.
    }
  }
  return kib * 1024;
}

/** Looks at a control group's memory every second until it is stopped, and keeps the highest sum. */
export class MemoryPeak {
  private peak = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(group: string) {
    this.timer = setInterval(() => {
      this.peak = Math.max(this.peak, memoryOf(group));
    }, 1000);
  }

  /** Ends the watch and returns the peak in bytes. */
  stop(): number {
    clearInterval(this.timer);
    return this.peak;
  }
}
