import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { SandboxError } from "../errors";
import { lastLines, readIfThere } from "../files";
import { groupDirs } from "../host/cgroups";
import { identify, membersOf } from "../host/processes";
import type { Instance } from "../instance";
import { exec } from "../process";
import type { Step } from "../progress";
import type { Component } from "./components";
import { CLOSE_INHERITED, enterFlags, SYSTEM_GROUP } from "./namespaces";
import type { NodeTools } from "./settings";

const LOG_LINES_SHOWN = 15;
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Starts a process that outlives its starter. Arguments: log file, pid file, how many control group folders follow, those, the command.
 * The pid file holds its number and the moment at which it started. A process whose number cannot be kept, as on a full disk, is ended:
 * nobody would find it again. For the same reason an interrupt waits until the number is kept; commands that it would end have no part in that.
 */
const START = `
log=$1; pidfile=$2; groups=$3; shift 3
${CLOSE_INHERITED}
while [ "$groups" -gt 0 ]; do echo 0 > "$1/cgroup.procs" || exit 1; shift; groups=$((groups - 1)); done
: >> "$log" || exit 1
trap : HUP INT TERM
setsid "$@" >> "$log" 2>&1 < /dev/null &
read -r stat < "/proc/$!/stat"
set -- \${stat##*) }
echo "$! \${20}" > "$pidfile" && exit
kill -KILL "$!"
kill -KILL "-$!" 2>/dev/null
wait "$!"
echo "$pidfile cannot be written: the disk may be full" >&2
exit 1
`;

/** Keeps every log below the limit: a full one becomes NAME.1, and its writer goes on at the start of an empty file. */
const TRIM = `
while sleep 30; do
  for log in "$1"/*.log; do
    if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt "$2" ]; then cp "$log" "$log.1" && : > "$log"; fi
  done
done
`;

/** The process that keeps the logs small. */
export function logKeeper(instance: Instance): Component {
  return { name: "log-keeper", command: ["sh", "-c", TRIM, "log-keeper", instance.logs, String(LOG_LIMIT_BYTES)] };
}

export function logFile(instance: Instance, component: string): string {
  return join(instance.logs, `${component}.log`);
}

function pidFile(instance: Instance, component: string): string {
  return join(instance.nodeDir, "pids", component);
}

/** Starts a component unless it runs. */
export async function start(instance: Instance, component: Component, tools: NodeTools, step: Step): Promise<void> {
  if (isRunning(instance, component)) return;
  const pid = pidFile(instance, component.name);
  mkdirSync(dirname(pid), { recursive: true });
  mkdirSync(instance.logs, { recursive: true });
  const groups = groupDirs(join(instance.cgroup, SYSTEM_GROUP));
  const path = [...tools.path, dirname(tools.runc), tools.containerdDir, "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const script = ["sh", "-c", START, "start", logFile(instance, component.name), pid, String(groups.length), ...groups];
  // Nothing of the runner's environment goes in: it may hold credentials and proxies that are not the node's.
  const env = { PATH: path.join(":"), HOME: "/root", ...tools.env };
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  await exec("nsenter", [...enterFlags(instance), "--", "env", "-i", ...assignments, ...script, ...component.command], {
    step,
  });
}

/** Says whether the component's process runs in the node. */
export function isRunning(instance: Instance, component: Component): boolean {
  const node = instance.record.node;
  const [inner, start] = (readIfThere(pidFile(instance, component.name)) ?? "").trim().split(" ");
  if (!node || !inner || !start) return false;
  // Not by its command, which is empty for a moment while a process turns into another program.
  return membersOf(node.pid).some((member) => member.inner === Number(inner) && identify(member.pid)?.start === start);
}

/** Throws, with the last lines of its log, for a component that ended. */
export function checkRunning(instance: Instance, all: readonly Component[]): void {
  const dead = all.filter((component) => !isRunning(instance, component));
  if (dead.length === 0) return;
  const text = dead.map(({ name }) => {
    const log = logFile(instance, name);
    return [`${name} ended; the end of ${log}:`, ...lastLines(log, LOG_LINES_SHOWN).map((line) => `  | ${line}`)].join(
      "\n",
    );
  });
  throw new SandboxError(text.join("\n"));
}
