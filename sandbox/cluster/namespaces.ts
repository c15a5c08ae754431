import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "../errors";
import { makeGroup } from "../host/cgroups";
import { allPids, identify, isAlive, membersOf, type ProcessId, signal } from "../host/processes";
import { Instance } from "../instance";
import { cacheDir } from "../paths";
import { type ExecResult, exec } from "../process";
import type { Step } from "../progress";
import { SERVICE_CIDR } from "./network";

/** Marks the processes of a node in their environment, so that one whose record was never written is found too. */
const MARK = "DRONE_LAKE_NODE";
/** The leaf control group of the node's own processes; its pods are beside it. */
export const SYSTEM_GROUP = "system";

/** What outlives its starter must not keep open what the starter's own callers gave it: a lock, or a pipe whose end somebody waits for. */
export const CLOSE_INHERITED = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";

/** Kernel settings that the kubelet insists on, as the node is shown them: they are the whole machine's, so they are not changed. */
const SHOWN_SETTINGS: Record<string, string> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/**
 * Prepares the node's view of the machine. Its /run is empty and its /var is the instance's own, so that no component writes to the
 * host's. Arguments: the node's folder, then the folders that must stay visible even when they are below /run or /var.
 */
const PREPARE = `
set -eu
node=$1; shift
mkdir -p "$node/var/lib" "$node/var/log" "$node/var/tmp" "$node/var/cache"
keep=$(mktemp -d "$node/keep.XXXXXX")
mount -t tmpfs -o mode=0755 tmpfs "$keep"
i=0
for dir in "$node/var" "$@"; do
  i=$((i + 1)); mkdir -p "$keep/$i"; mount --bind "$dir" "$keep/$i"
done
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/lock /run/drone-lake
mount --move "$keep" /run/drone-lake
rmdir "$keep"
mount --bind /run/drone-lake/1 /var
ln -sfn /run /var/run
i=1
for dir in "$@"; do
  i=$((i + 1))
  case "$dir" in
    /run/*|/var/*) mkdir -p "$dir"; mount --bind "/run/drone-lake/$i" "$dir" ;;
  esac
done
rm -rf /var/lib/cni
for file in "$node"/settings/*; do
  mount --bind "$file" "/proc/sys/$(basename "$file" | tr . /)"
done
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
`;

/** Says whether the node's namespaces exist. */
export function nodeAlive(instance: Instance): boolean {
  return instance.record.node !== undefined && isAlive(instance.record.node);
}

/** Makes the node's namespaces, network link and control group; what an earlier, broken run left is removed first. */
export async function makeNode(instance: Instance, step: Step): Promise<Instance> {
  await endNode(instance);
  mkdirSync(instance.logs, { recursive: true });
  writeSettings(instance);
  makeGroup(instance.cgroup, SYSTEM_GROUP);
  const node = await startFirstProcess(instance);
  const made = new Instance({ ...instance.record, node });
  await inNode(made, ["sh", "-c", PREPARE, "prepare", instance.nodeDir, instance.dir, cacheDir()], { step });
  await inNode(made, ["hostname", instance.nodeName], { step });
  await joinNetworks(made, node, step);
  return instance.with({ node });
}

function writeSettings(instance: Instance): void {
  const dir = join(instance.nodeDir, "settings");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const [name, value] of Object.entries(SHOWN_SETTINGS)) {
    writeFileSync(join(dir, name.replaceAll("/", ".")), `${value}\n`);
  }
}

/** Process 1 only holds the namespaces: told to ignore the end of children, the kernel clears them away for it. */
async function startFirstProcess(instance: Instance): Promise<ProcessId> {
  const flags = ["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "--propagation", "private"];
  const hold = ["unshare", ...flags, "env", "--ignore-signal=CHLD", "sleep", "infinity"];
  const holder = spawn("sh", ["-c", `${CLOSE_INHERITED}; exec "$@"`, "hold", ...hold], {
    detached: true,
    stdio: "ignore",
    cwd: "/",
    env: { PATH: process.env.PATH, [MARK]: instance.dir },
  });
  let ended: string | undefined;
  holder.once("error", (error) => {
    ended = error.message;
  });
  holder.once("exit", (code) => {
    ended = `exit code ${code}`;
  });
  holder.unref();
  for (let waited = 0; waited < 10_000 && !ended; waited += 50) {
    const first = holder.pid === undefined ? undefined : childOf(holder.pid);
    const id = first === undefined ? undefined : identify(first);
    if (id && membersOf(id.pid).some((member) => member.inner === 1 && member.command.startsWith("sleep"))) return id;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new SandboxError(
    `the node's namespaces cannot be made: unshare ${flags.join(" ")}: ${ended ?? "no child within 10 s"}. ` +
      "This needs root with CAP_SYS_ADMIN; inside a container, run it as privileged.",
  );
}

function childOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children ? Number(children.split(" ")[0]) : undefined;
  } catch {
    return undefined;
  }
}

async function joinNetworks(instance: Instance, node: ProcessId, step: Step): Promise<void> {
  const ip = (...args: string[]) => exec("ip", args, { step });
  await ip("link", "add", instance.link, "type", "veth", "peer", "name", "eth0", "netns", String(node.pid));
  await ip("address", "add", `${instance.hostAddress}/30`, "dev", instance.link);
  await ip("link", "set", instance.link, "alias", instance.dir);
  await ip("link", "set", instance.link, "up");
  await inNode(instance, ["ip", "address", "add", `${instance.nodeAddress}/30`, "dev", "eth0"], { step });
  await inNode(instance, ["ip", "link", "set", "eth0", "up"], { step });
  // The node's own processes need some route before kube-proxy can turn a service's address into a pod's. There is none further out.
  await inNode(instance, ["ip", "route", "add", SERVICE_CIDR, "via", instance.hostAddress], { step });
}

/** Runs a command inside the node's namespaces and control group. */
export async function inNode(
  instance: Instance,
  command: readonly string[],
  options: { step?: Step; env?: Record<string, string>; timeoutMs?: number; allowed?: readonly number[] } = {},
): Promise<ExecResult> {
  return exec("nsenter", [...enterFlags(instance), "--", ...command], options);
}

/** The arguments with which nsenter enters the node. */
export function enterFlags(instance: Instance): string[] {
  const node = instance.record.node;
  if (!node || !isAlive(node))
    throw new SandboxError(`the node of instance "${instance.name}" does not run: npm run sandbox`);
  return ["--target", String(node.pid), "--net", "--mount", "--pid", "--uts", "--ipc", "--root", "--wd=/"];
}

/** Every first process of a node of this instance, recorded or not. */
export function firstProcesses(instance: Instance): ProcessId[] {
  const mark = `${MARK}=${instance.dir}`;
  const found: ProcessId[] = [];
  for (const pid of allPids()) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark)) continue;
    } catch {
      continue;
    }
    const id = identify(pid);
    if (id) found.push(id);
  }
  return found;
}

/** Ends the node: with its first process the kernel ends all others and drops namespaces, mounts and links. Repeatable. */
export async function endNode(instance: Instance): Promise<boolean> {
  const recorded = instance.record.node;
  const all = [...(recorded && isAlive(recorded) ? [recorded] : []), ...firstProcesses(instance)];
  for (const id of all) signal(id, "SIGKILL");
  for (const id of all) {
    while (isAlive(id)) await new Promise((done) => setTimeout(done, 50));
  }
  if (await ownLink(instance)) await exec("ip", ["link", "delete", instance.link], { allowed: [0, 1] });
  // A link that was not yet marked as the instance's goes with its namespaces, a moment later.
  for (let round = 0; all.length > 0 && round < 40 && (await linkExists(instance)); round++) {
    await new Promise((done) => setTimeout(done, 50));
  }
  return all.length > 0;
}

async function linkExists({ link }: Instance): Promise<boolean> {
  return (await exec("ip", ["link", "show", "dev", link], { allowed: [0, 1] })).code === 0;
}

/** Says whether the host's end of the link is there and this instance's: another state folder may use the same addresses. */
export async function ownLink(instance: Instance): Promise<boolean> {
  const { code, stdout } = await exec("ip", ["-json", "link", "show", "dev", instance.link], { allowed: [0, 1] });
  if (code !== 0) return false;
  const links = JSON.parse(stdout) as { ifalias?: string }[];
  return links.some((link) => link.ifalias === instance.dir);
}
