import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CACHE_PARTS } from "./cache";
import { STATE_PARTS } from "./instance";
import { cacheDir, checkout, stateDir } from "./paths";
import { onInterrupt } from "./process";

/** Tells the run as root that its standard input ends when whoever asked for it wants it to end, or is gone. */
const ENDS_WITH_STDIN = "DRONE_LAKE_ENDS_WITH_STDIN";
const KEPT = /^(INIT_CWD|TERM|XDG_(CACHE|STATE)_HOME|DRONE_LAKE_\w+|GO\w+|PIP_\w+|NPM_\w+|npm_config_\w+)$/;
const KEPT_NETWORK = /^(SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|(https?|no)_proxy|(HTTPS?|NO)_PROXY)$/;

/** Says whether sudo works without a password now. */
export function sudoWorks(): boolean {
  return spawnSync("sudo", ["--non-interactive", "true"], { stdio: "ignore" }).status === 0;
}

/**
 * The arguments of sudo for a command that keeps the person's folders and settings. Variables are named, not given: their values may be
 * secrets, and every user of the machine can read a command line. Only the two that sudo sets itself are given.
 */
export function sudoArguments(env: NodeJS.ProcessEnv, command: readonly string[]): string[] {
  const names = Object.keys(env).filter((name) => KEPT.test(name) || KEPT_NETWORK.test(name));
  const own = ["PATH", "HOME"].filter((name) => env[name] !== undefined).map((name) => `${name}=${env[name]}`);
  return ["--non-interactive", `--preserve-env=${names.join(",")}`, "env", ...own, ...command];
}

/** Runs this same command as root and returns its exit code. A signal cannot reach a process of root, so the end of its input stands for one. */
export function runAsRoot(): Promise<number> {
  const env = { ...process.env, [ENDS_WITH_STDIN]: "1" };
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return new Promise((resolve, reject) => {
    const child = spawn("sudo", sudoArguments(env, again), { env, stdio: ["pipe", "inherit", "inherit"] });
    onInterrupt(() => child.stdin.end());
    child.stdin.on("error", () => {});
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** Calls `interrupt` when the person's own process, of which this one is the run as root, ends or is told to. */
export function endWithCaller(interrupt: () => void): void {
  if (process.env[ENDS_WITH_STDIN]) process.stdin.once("end", interrupt).resume();
}

/**
 * Gives what root made in the home of the person who called sudo to that person, who reads it with pulumi, kubectl and the tests. Not the
 * node's own folder and BuildKit's, in which files belong to users of containers.
 */
export function handBack(instance: string): void {
  const [uid, gid] = [Number(process.env.SUDO_UID), Number(process.env.SUDO_GID)];
  if (process.getuid?.() !== 0 || !uid || statSync(homedir()).uid !== uid) return;
  const state = stateDir(instance);
  const folders = [cacheDir(), state].flatMap((dir) => pathTo(dir));
  const trees = [
    ...CACHE_PARTS.filter((part) => part !== "buildkit").map((part) => join(cacheDir(), part)),
    ...STATE_PARTS.map((part) => join(state, part)),
    ...(statSync(checkout).uid === uid ? [join(checkout, "tasks")] : []),
  ];
  const give = (paths: readonly string[], ...flags: string[]) => {
    const there = paths.filter((path) => existsSync(path));
    const args = [...flags, "--no-dereference", "--from=root", `${uid}:${gid}`, "--", ...there];
    if (there.length > 0) spawnSync("chown", args, { stdio: ["ignore", "ignore", 2] });
  };
  give(folders);
  give(trees, "--recursive");
}

/** A folder with those above it that are in the home. */
function pathTo(dir: string): string[] {
  const above = dirname(dir);
  return above.startsWith(`${homedir()}/`) ? [...pathTo(above), dir] : [dir];
}
