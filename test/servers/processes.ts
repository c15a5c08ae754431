/** Server processes of a test run: each with a log of its own, all ended by the run that started them. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_S = 120;
const GRACE_MS = 20_000;

export interface Command {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Folder that it runs in; the caller's without it. */
  cwd?: string;
}

/** A loopback port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** The command as one that ends with the process that starts it, so that a test run that is killed leaves no server behind. */
export function tied(command: string, args: string[]): { command: string; args: string[] } {
  return { command: "setpriv", args: ["--pdeathsig", "TERM", "--", command, ...args] };
}

export class Processes {
  private readonly running: { name: string; child: ChildProcess; log: string }[] = [];

  /** Logs go to `<folder>/<name>.log`. */
  constructor(private readonly folder: string) {}

  start({ name, env, cwd, ...given }: Command): void {
    const { command, args } = tied(given.command, given.args);
    const log = join(this.folder, `${name}.log`);
    const output = openSync(log, "a");
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      cwd,
      stdio: ["ignore", output, output],
      detached: true,
    });
    closeSync(output);
    child.once("error", (error) => console.error(`${name}: ${error.message}`));
    this.running.push({ name, child, log });
  }

  /** Resolves when `answers` does with true. Throws with the end of the log when the process ends or takes over two minutes. */
  async ready(name: string, answers: () => Promise<boolean>): Promise<void> {
    const server = this.running.find((item) => item.name === name);
    if (!server) throw new Error(`${name} was not started`);
    const deadline = Date.now() + READY_S * 1000;
    while (!(await answers().catch(() => false))) {
      const ended = server.child.exitCode !== null || server.child.signalCode !== null;
      if (ended || Date.now() > deadline) {
        const lines = existsSync(server.log) ? readFileSync(server.log, "utf8").trimEnd().split("\n").slice(-20) : [];
        throw new Error(
          [`${name} ${ended ? "ended" : `does not answer after ${READY_S} s`}:`, ...lines].join("\n  | "),
        );
      }
      await sleep(100);
    }
  }

  /** Ends the processes, the last one first, as a server must not lose what it depends on. */
  async stop(): Promise<void> {
    for (const { child } of this.running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const { pid } = child;
      const end = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      const signal = (name: NodeJS.Signals) => {
        try {
          process.kill(-pid, name);
        } catch {
          // It ended by itself meanwhile.
        }
      };
      signal("SIGTERM");
      const kill = setTimeout(() => signal("SIGKILL"), GRACE_MS);
      await end;
      clearTimeout(kill);
    }
  }
}
