import { spawnSync } from "node:child_process";

let possible: boolean | undefined;

/**
 * A command as one that the kernel ends (SIGTERM) when the process that starts it is gone, in whatever way that ended. util-linux' setpriv asks
 * for it; on a machine without one the command is left as it is.
 */
export function tied(command: string, args: readonly string[]): [command: string, args: string[]] {
  const flags = ["--pdeathsig", "TERM", "--"];
  possible ??= spawnSync("setpriv", [...flags, "true"], { stdio: "ignore" }).status === 0;
  return possible ? ["setpriv", [...flags, command, ...args]] : [command, [...args]];
}

/** What `setpriv` says when there is no such command. */
export function notFound(code: number | null, stderr: string): boolean {
  return code === 127 && stderr.startsWith("setpriv: ");
}
