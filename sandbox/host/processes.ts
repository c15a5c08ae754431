import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process, told apart from a later one with the same number by the moment at which it started. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot, as the kernel gives it. */
  readonly start: string;
  /** The boot that `start` counts from. */
  readonly boot: string;
}

/** The identity of this boot of the machine. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Identifies a running process; undefined when it is gone or only a zombie is left. */
export function identify(pid: number): ProcessId | undefined {
  const fields = statFields(pid);
  if (!fields || fields[0] === "Z" || fields[0] === "X") return undefined;
  return { pid, start: fields[19] ?? "", boot: bootId() };
}

/** Says whether exactly this process still runs. */
export function isAlive(id: ProcessId): boolean {
  const now = identify(id.pid);
  return now !== undefined && now.start === id.start && now.boot === id.boot;
}

/** Sends a signal to exactly this process; a process that is gone, or another one under its number, gets none. */
export function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The fields of /proc/<pid>/stat after the command's name, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .trim()
      .split(" ");
  } catch {
    return undefined;
  }
}

/** All process numbers on the machine. */
export function allPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The link that names a namespace of a process, such as `pid:[4026531836]`; undefined when it cannot be read. */
export function namespaceOf(pid: number, kind: "pid" | "net" | "mnt"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** A process as its own pid namespace knows it. */
export interface Member {
  readonly pid: number;
  /** Its number inside the namespace. */
  readonly inner: number;
  readonly command: string;
}

/** Every process in the pid namespace of `pid`. */
export function membersOf(pid: number): Member[] {
  const namespace = namespaceOf(pid, "pid");
  if (!namespace) return [];
  const members: Member[] = [];
  for (const candidate of allPids()) {
    if (namespaceOf(candidate, "pid") !== namespace) continue;
    const inner = innerPid(candidate);
    if (inner !== undefined) members.push({ pid: candidate, inner, command: commandOf(candidate) });
  }
  return members;
}

function innerPid(pid: number): number | undefined {
  try {
    const match = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match?.[1] === undefined ? undefined : Number(match[1].trim().split(/\s+/).pop());
  } catch {
    return undefined;
  }
}

/** The command line of a process; the name in brackets for one without, empty when it is gone. */
export function commandOf(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    return line || `[${readFileSync(`/proc/${pid}/comm`, "utf8").trim()}]`;
  } catch {
    return "";
  }
}
