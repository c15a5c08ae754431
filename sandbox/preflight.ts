import { SandboxError } from "./errors";
import { COMMANDS, type Facts, type Machine } from "./host/facts";
import { versions } from "./toolchain";

/** A thing that the sandbox needs and this machine lacks, with what to do about it. */
export interface Problem {
  readonly what: string;
  readonly mend: string;
}

/** What the run needs of a machine, whatever its state. */
export interface MachineNeeds {
  /** A node of its own, or a cluster that is there. */
  readonly embedded: boolean;
  /** A node or images are made. */
  readonly root: boolean;
  /** Packages have to be taken from Debian: nothing is cached. */
  readonly packages: boolean;
}

/** What the run is going to do, as far as its needs differ. */
export interface Needs {
  /** A node of its own, or a cluster that is there. */
  readonly embedded: boolean;
  /** Bytes that the caches and the state still have to grow by; less when they are filled. */
  readonly cacheBytes: number;
  readonly stateBytes: number;
}

const GIB = 1024 ** 3;
/** The sandbox itself stays below 8 GiB; the builder and the person's own programs run beside it. */
const MEMORY_BYTES = 7 * GIB;
/** Images, volumes and logs of an instance with a node of its own, and at least what a start writes. */
const STATE_BYTES = 12 * GIB;
const START_BYTES = GIB;
const ARCHITECTURES = ["x64", "arm64"];

const inGiB = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

/** How many bytes an instance that holds `held` still has to grow by: one that was stopped has its images already. */
export function stateToGrow(held: number): number {
  return Math.max(START_BYTES, STATE_BYTES - held);
}

/** What makes any further look useless: it is asked first, before anything is written. */
export function machineProblems(machine: Machine, needs: MachineNeeds): Problem[] {
  return [...system(machine, needs), ...commands(machine, needs)];
}

/** Every problem at once, so that a person mends them in one go. */
export function findProblems(facts: Facts, needs: Needs): Problem[] {
  return [...room(facts, needs), ...python(facts), ...(needs.embedded ? [...kernel(facts), ...network(facts)] : [])];
}

/** Throws with all problems, each with its mend. */
export function requireNoProblems(
  problems: readonly Problem[],
  title = "this machine cannot run the sandbox yet:",
): void {
  if (problems.length === 0) return;
  const lines = problems.flatMap(({ what, mend }) => [`  - ${what}`, `    mend: ${mend}`]);
  throw new SandboxError([title, ...lines].join("\n"), 2);
}

function system(facts: Machine, needs: MachineNeeds): Problem[] {
  const problems: Problem[] = [];
  if (facts.platform !== "linux") {
    problems.push({
      what: `the operating system is ${facts.platform}, and the sandbox runs on Linux`,
      mend: "use a Linux machine or virtual machine (Debian 12 is tested)",
    });
  }
  if (!ARCHITECTURES.includes(facts.arch)) {
    problems.push({
      what: `the processor architecture is ${facts.arch}`,
      mend: `use a machine with one of ${ARCHITECTURES.join(", ")}`,
    });
  }
  if (needs.root && !facts.root) {
    const other = needs.embedded ? "use a cluster that you have with --kubeconfig FILE" : "name images in the config";
    problems.push({
      what: `${needs.embedded ? "the node needs" : "building images needs"} root, and sudo asks for a password here`,
      mend: `run \`sudo -v\` first, run as root, or ${other}`,
    });
  }
  if (needs.packages && facts.platform === "linux" && !facts.debian) {
    const { suite } = versions.debian;
    const packages = needs.embedded
      ? "the node's containerd, runc, etcd and more come from packages"
      : "runc, which builds images, comes from a package";
    problems.push({
      what: `this is ${facts.system}, and ${packages} of Debian 12 (${suite})`,
      mend: `use a Debian 12 machine, or add Debian's ${suite} and ${suite}-security to apt's sources here: packages are unpacked beside the system, never installed`,
    });
  }
  return problems;
}

function room(facts: Facts, needs: Needs): Problem[] {
  const problems: Problem[] = [];
  if (needs.embedded && facts.memoryAvailable < MEMORY_BYTES) {
    problems.push({
      what: `${inGiB(facts.memoryAvailable)} of memory is available, and the sandbox needs ${inGiB(MEMORY_BYTES)}`,
      mend: "close programs, or use a machine with more memory",
    });
  }
  // The two folders often share a filesystem: then what both need counts.
  const shared = facts.cache.device === facts.state.device;
  const places = shared
    ? [
        {
          ...facts.cache,
          needed: needs.cacheBytes + needs.stateBytes,
          variables: "DRONE_LAKE_CACHE and DRONE_LAKE_STATE",
        },
      ]
    : [
        { ...facts.cache, needed: needs.cacheBytes, variables: "DRONE_LAKE_CACHE" },
        { ...facts.state, needed: needs.stateBytes, variables: "DRONE_LAKE_STATE" },
      ];
  for (const { dir, free, needed, variables } of places) {
    if (free >= needed) continue;
    problems.push({
      what: `${inGiB(free)} is free on the disk of ${dir}, and ${inGiB(needed)} is needed`,
      mend: `free some, or set ${variables} to a folder on a larger disk`,
    });
  }
  return problems;
}

/** What every run calls, and what building images does; the rest is for a node. */
const ALWAYS: readonly string[] = ["flock", "tar"];
const FOR_IMAGES: readonly string[] = ["unshare", "mount", "umount"];

function commands(machine: Machine, needs: MachineNeeds): Problem[] {
  if (machine.platform !== "linux") return [];
  const called = [...ALWAYS, ...(needs.root ? FOR_IMAGES : [])];
  const missing = Object.entries(COMMANDS).filter(
    ([command]) => !machine.commands.has(command) && (needs.embedded || called.includes(command)),
  );
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map(([, name]) => name))];
  const names = missing.map(([command]) => command);
  return [{ what: `not installed: ${names.join(", ")}`, mend: `apt-get install ${packages.join(" ")}` }];
}

function python(facts: Facts): Problem[] {
  if (facts.python) return [];
  return [
    {
      what: "no python3 of version 3.11 or newer that can make virtual environments",
      mend: "apt-get install python3 python3-venv",
    },
  ];
}

function kernel(facts: Facts): Problem[] {
  const problems: Problem[] = [];
  if (facts.namespaces !== true) {
    problems.push({
      what: `namespaces cannot be made: ${facts.namespaces}`,
      mend: "inside a container, run it privileged; else use a kernel with network, mount, process and UTS namespaces",
    });
  }
  if (facts.overlay !== true) {
    problems.push({
      what: `overlay filesystems do not work on the disk of ${facts.state.dir}: ${facts.overlay}`,
      mend: "load the module (modprobe overlay), or set DRONE_LAKE_STATE to a folder on ext4 or xfs",
    });
  }
  if (facts.veth !== true) {
    problems.push({
      what: `virtual network links cannot be made: ${facts.veth}`,
      mend: "load the module (modprobe veth); inside a container, run it privileged",
    });
  }
  const controllers = ["cpu", "memory", "pids"].filter((name) => !facts.controllers.has(name));
  if (controllers.length > 0) {
    problems.push({
      what: `control groups without ${controllers.join(", ")}`,
      mend: "mount cgroup2 on /sys/fs/cgroup, or start the kernel with cgroup_enable=memory",
    });
  }
  return problems;
}

function network(facts: Facts): Problem[] {
  if (!facts.rangeHeldBy) return [];
  return [
    {
      what: `the addresses ${facts.range} are in use: ${facts.rangeHeldBy}`,
      mend: "choose another instance with --instance NAME (each has addresses of its own), or take down what holds them",
    },
  ];
}
