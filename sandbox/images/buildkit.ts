import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { groupDirs, groupPids, removeGroup } from "../host/cgroups";
import { allPids, commandOf } from "../host/processes";
import { cacheDir, pathHash } from "../paths";
import { checkInterrupt, exec } from "../process";
import type { Reporter, Step } from "../progress";
import { tied } from "../tied";
import { ensureTool } from "../toolchain";
import { withFreeLock, withLock } from "../toolchain/lock";

const START_MS = 30_000;
const STOP_MS = 20_000;
/** Of the build cache; least recently used goes first. */
const KEEP = "8GB";

/** One build for the running BuildKit. */
export interface BuildRequest {
  /** Folder of the Dockerfile. */
  dockerfile: string;
  context: string;
  args: Record<string, string>;
  /** Named contexts that take the place of a base image or of a stage: a folder, or an OCI layout with the digest of its manifest. */
  contexts: Record<string, { folder: string } | { layout: string; digest: string }>;
  /** Files for `--mount=type=secret`. */
  secrets: Record<string, string>;
  ref: string;
  /** The tar file to write, or the registry that the name begins with. */
  output: { archive: string } | "registry";
}

export type Build = (request: BuildRequest, step: Step) => Promise<void>;

/** Where BuildKit of this cache keeps its layers; it is not shared with a container runtime of the machine. */
const home = () => join(cacheDir(), "buildkit");
/** The control group of what its builds run. */
const cgroup = () => `/drone-lake-build-${pathHash(cacheDir())}`;
const lockFile = () => join(home(), "lock");

/**
 * Runs `work` with a BuildKit of our own, which ends with it, and a folder for what builds need meanwhile. One run at a time has them: others wait.
 */
export async function withBuildkit<T>(
  report: Reporter,
  step: Step,
  work: (build: Build, scratch: string) => Promise<T>,
): Promise<T> {
  const [buildkitd, buildctl, runc] = await Promise.all([
    ensureTool("buildkitd", report),
    ensureTool("buildctl", report),
    ensureTool("runc", report),
  ]);
  if (process.getuid?.() !== 0)
    throw new Error("images are built as root: run the command with sudo, or name built images in config");
  await mkdir(home(), { recursive: true, mode: 0o700 });
  const waiting = () => step.note("waiting for another run that builds images");
  return withLock(lockFile(), waiting, async () => {
    await removeLeftOver();
    await mkdir(scratch());
    const socket = join(home(), "buildkitd.sock");
    const daemon = await start(buildkitd, runc, socket);
    try {
      await ready(buildctl, socket, daemon);
      return await work((request, at) => build(buildctl, socket, request, at), scratch());
    } finally {
      await stop(daemon.pid as number);
      await rm(scratch(), { recursive: true });
    }
  });
}

const settingsFile = () => join(home(), "buildkitd.toml");
const scratch = () => join(home(), "scratch");
const logFile = () => join(home(), "buildkitd.log");

async function start(buildkitd: string, runc: string, socket: string): Promise<ChildProcess> {
  const text = JSON.stringify;
  const lines = [
    `root = ${text(join(home(), "root"))}`,
    "insecure-entitlements = []",
    "[cdi]",
    "disabled = true",
    "[grpc]",
    `address = [${text(`unix://${socket}`)}]`,
    "[worker.containerd]",
    "enabled = false",
    "[worker.oci]",
    "enabled = true",
    `binary = ${text(runc)}`,
    // The machine's own network: package registries are reached as the machine reaches them, with its resolver and proxy.
    'networkMode = "host"',
    `defaultCgroupParent = ${text(cgroup())}`,
    "gc = true",
    `maxUsedSpace = ${text(KEEP)}`,
    "max-parallelism = 4",
  ];
  await writeFile(settingsFile(), `${lines.join("\n")}\n`);
  await rm(socket, { force: true });
  const log = openSync(logFile(), "w");
  try {
    const daemon = spawn(...tied(buildkitd, ["--config", settingsFile()]), {
      detached: true,
      stdio: ["ignore", log, log],
    });
    daemon.on("error", () => {});
    if (daemon.pid === undefined) throw new Error(`${buildkitd} cannot be started`);
    return daemon;
  } finally {
    closeSync(log);
  }
}

async function ready(buildctl: string, socket: string, daemon: ChildProcess): Promise<void> {
  const end = Date.now() + START_MS;
  for (;;) {
    checkInterrupt();
    try {
      await exec(buildctl, ["--addr", `unix://${socket}`, "debug", "workers"], { timeoutMs: 5000 });
      return;
    } catch {
      if (daemon.exitCode !== null || daemon.signalCode !== null || Date.now() > end) {
        const tail = (await readFile(logFile(), "utf8")).trimEnd().split("\n").slice(-20);
        throw new Error(
          [`BuildKit does not start; the end of ${logFile()}:`, ...tail.map((line) => `  | ${line}`)].join("\n"),
        );
      }
      await sleep(200);
    }
  }
}

async function build(buildctl: string, socket: string, request: BuildRequest, step: Step): Promise<void> {
  const args = ["--addr", `unix://${socket}`, "build", "--progress", "plain", "--frontend", "dockerfile.v0"];
  args.push("--local", `context=${request.context}`, "--local", `dockerfile=${request.dockerfile}`);
  for (const [name, value] of Object.entries(request.args)) args.push("--opt", `build-arg:${name}=${value}`);
  for (const [name, context] of Object.entries(request.contexts)) {
    if ("folder" in context)
      args.push("--local", `${name}=${context.folder}`, "--opt", `context:${name}=local:${name}`);
    else
      args.push(
        "--oci-layout",
        `${name}=${context.layout}`,
        "--opt",
        `context:${name}=oci-layout://${name}@${context.digest}`,
      );
  }
  for (const [id, file] of Object.entries(request.secrets)) args.push("--secret", `id=${id},src=${file}`);
  args.push("--output", outputOf(request));
  await exec(buildctl, args, { step });
}

function outputOf({ ref, output }: BuildRequest): string {
  if (output === "registry") return `type=image,name=${ref},push=true`;
  return `type=docker,compression=uncompressed,force-compression=true,name=${ref},dest=${output.archive}`;
}

/** What a killed run left of this cache's BuildKit: `pid command` of its processes, and its control groups. Nothing while a run builds with it. */
export async function buildkitLeftOvers(): Promise<{ processes: string[]; cgroups: string[] }> {
  const nothing = { processes: [], cgroups: [] };
  if (!existsSync(home())) return nothing;
  const found = await withFreeLock(lockFile(), async () => {
    const pids = [...leftOverDaemons(), ...groupPids(cgroup())];
    return {
      processes: pids.map((pid) => `${pid} ${commandOf(pid)}`),
      cgroups: groupDirs(cgroup()).filter((dir) => existsSync(dir)),
    };
  });
  return found ?? nothing;
}

/** Ends and removes what a killed run left of this cache's BuildKit; one with which another run builds is left alone. */
export async function endLeftOverBuildkit(): Promise<void> {
  if (existsSync(home())) await withFreeLock(lockFile(), removeLeftOver);
}

/** The daemons of this cache that killed runs left. */
function leftOverDaemons(): number[] {
  return allPids().filter((pid) => commandOf(pid).endsWith(` --config ${settingsFile()}`));
}

async function removeLeftOver(): Promise<void> {
  for (const pid of leftOverDaemons()) await stop(pid);
  await removeGroup(cgroup());
  // Among it may be what reaches the package registries.
  await rm(scratch(), { recursive: true, force: true });
}

/** Ends the daemon, and what its builds may have left running. */
async function stop(pid: number): Promise<void> {
  const send = (signal: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  };
  send("SIGTERM");
  for (const end = Date.now() + STOP_MS; send(0); await sleep(100)) {
    if (Date.now() > end) send("SIGKILL");
  }
  await removeGroup(cgroup());
}
