import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readIfThere } from "../files";
import { aptSources } from "../images/apt";
import { cacheDir } from "../paths";
import { ExecError, exec } from "../process";
import { trialDir } from "../removals";
import { versions } from "../toolchain";
import { hierarchies } from "./cgroups";

/** A folder, and the disk that it is or would be on. */
export interface Place {
  readonly dir: string;
  readonly device: number;
  /** Bytes. */
  readonly free: number;
}

/** `true`, or why not. */
export type Trial = true | string;

/** What can be seen at a glance, on any machine. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly root: boolean;
  /** Of those that the sandbox calls. */
  readonly commands: ReadonlySet<string>;
  /** The system's name for people. */
  readonly system: string;
  /** apt has sources of the Debian release that packages are taken from. */
  readonly debian: boolean;
}

/** What the preflight checks look at. */
export interface Facts {
  /** Bytes that programs can still get. */
  readonly memoryAvailable: number;
  readonly cache: Place;
  readonly state: Place;
  /** python3 that can make environments. */
  readonly python: boolean;
  readonly namespaces: Trial;
  readonly overlay: Trial;
  readonly veth: Trial;
  /** Controllers of control groups. */
  readonly controllers: ReadonlySet<string>;
  /** The instance's addresses, and who else holds them. */
  readonly range: string;
  readonly rangeHeldBy?: string;
}

/** The instance as far as facts about the machine depend on it. */
export interface FactsAbout {
  readonly dir: string;
  readonly range: string;
  /** Its node runs, so that its memory and addresses are its own. */
  readonly running: boolean;
}

/** The commands that the sandbox calls, and the Debian package of each. */
export const COMMANDS = {
  flock: "util-linux",
  tar: "tar",
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  setsid: "util-linux",
  mount: "mount",
  umount: "mount",
} as const;
const PYTHONS = ["python3", "python3.13", "python3.12", "python3.11"];
const PYTHON_CHECK = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

/** Looks at this machine without trying or writing anything. */
export async function lookAtMachine(): Promise<Machine> {
  const folders = (process.env.PATH ?? "").split(":").filter((dir) => dir.startsWith("/"));
  const there = (command: string) => folders.some((dir) => existsSync(join(dir, command)));
  const release = readIfThere("/etc/os-release") ?? "";
  return {
    platform: process.platform,
    arch: process.arch,
    root: process.getuid?.() === 0,
    commands: new Set(Object.keys(COMMANDS).filter(there)),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? process.platform,
    debian: there("apt-get") && (await aptSources()).some(({ suite }) => suite === versions.debian.suite),
  };
}

/** Looks closer; trials are made for real, and leave nothing. What only root can do is not tried by another user. */
export async function gatherFacts(about: FactsAbout): Promise<Facts> {
  const root = process.getuid?.() === 0;
  const trial = async (command: string, args: readonly string[]): Promise<Trial> => {
    try {
      await exec(command, args, { timeoutMs: 20_000 });
      return true;
    } catch (error) {
      if (error instanceof ExecError) return error.stderr.trim().split("\n").at(-1) || error.reason;
      throw error;
    }
  };
  const rootTrial = async (command: string, args: readonly string[]) => (root ? trial(command, args) : true);
  const inTrialNamespace = (script: string, ...args: string[]) =>
    rootTrial("unshare", ["--mount", "--net", "--propagation", "private", "sh", "-euc", script, "trial", ...args]);
  return {
    memoryAvailable: about.running ? Number.POSITIVE_INFINITY : memoryAvailable(),
    cache: place(cacheDir()),
    state: place(about.dir),
    python: await any(PYTHONS, async (name) => (await trial(name, ["-c", PYTHON_CHECK])) === true),
    namespaces: await rootTrial("unshare", [
      ...["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "true"],
    ]),
    overlay: await inTrialNamespace(OVERLAY_TRIAL, trialDir(about.dir)),
    veth: await inTrialNamespace("ip link add trial0 type veth peer name trial1"),
    controllers: controllers(),
    range: about.range,
    rangeHeldBy: about.running ? undefined : await holderOf(about),
  };
}

const OVERLAY_TRIAL = `
trap 'umount "$1/merged" 2>/dev/null; rm -rf "$1"' EXIT
trap 'exit 1' HUP INT TERM
rm -rf "$1"
mkdir -p "$1/lower" "$1/upper" "$1/work" "$1/merged"
mount -t overlay overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged"
`;

function memoryAvailable(): number {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"));
  return Number(match?.[1] ?? 0) * 1024;
}

/** The disk that a folder is on, or would be on once it is made. */
function place(dir: string): Place {
  let at = dir;
  while (!existsSync(at)) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return { dir, device: statSync(at).dev, free: bavail * bsize };
}

/** Bytes that a folder takes on its own disk; 0 when there is none. */
export async function heldBytes(dir: string): Promise<number> {
  if (!existsSync(dir)) return 0;
  // What goes away while it is looked at is no failure.
  const { stdout } = await exec("du", ["--summarize", "--one-file-system", "--block-size=1", "--", dir], {
    allowed: [0, 1],
  });
  return Number.parseInt(stdout, 10) || 0;
}

function controllers(): Set<string> {
  const found = new Set<string>();
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, , type, options] = line.split(" ");
    if (type === "cgroup") for (const option of (options ?? "").split(",")) found.add(option);
  }
  for (const { mount, unified } of hierarchies()) {
    const file = join(mount, "cgroup.controllers");
    if (unified && existsSync(file)) for (const name of readFileSync(file, "utf8").trim().split(/\s+/)) found.add(name);
  }
  return found;
}

/** Who has an address of the instance's range, or routes it, on this machine. */
async function holderOf(about: FactsAbout): Promise<string | undefined> {
  if (!existsSync("/proc/net/route")) return undefined;
  try {
    const { stdout } = await exec("ip", ["-json", "route", "show", "root", about.range], {});
    const routes = JSON.parse(stdout || "[]") as { dst?: string; dev?: string }[];
    const holder = routes.find((route) => route.dst !== "default");
    return holder && `${holder.dst} on the network link ${holder.dev}`;
  } catch {
    return undefined;
  }
}

/** Slots whose addresses some link of this machine has, whoever made it. */
export async function slotsOnHost(): Promise<Set<number>> {
  try {
    const { stdout } = await exec("ip", ["-json", "-4", "address", "show"], {});
    const links = JSON.parse(stdout) as { addr_info?: { local?: string }[] }[];
    const addresses = links.flatMap((link) => link.addr_info ?? []).map((info) => info.local ?? "");
    return new Set(
      addresses
        .map((address) => /^10\.213\.(\d+)\./.exec(address)?.[1])
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    // Without the command `ip` the preflight says so.
    return new Set();
  }
}

async function any<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (await holds(item)) return true;
  return false;
}
