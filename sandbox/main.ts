import { spawnSync } from "node:child_process";
import { type Command, parseCommand, USAGE } from "./args";
import { down, env, lake, status, toolchain } from "./commands";
import { SandboxError } from "./errors";
import { ExecError, Interrupted, interruptChildren } from "./process";
import { up } from "./up";

/** What to run as root when the person is not. */
const NEEDS_ROOT = new Set(["up", "down"]);

async function main(): Promise<number> {
  const from = process.env.INIT_CWD ?? process.cwd();
  const command = parseCommand(process.argv.slice(2), process.env);
  if (needsSudo(command)) return asRoot();
  const held: (() => void)[] = [];
  const hold = (release: () => void) => held.push(release);
  try {
    return await run(command, from, hold);
  } finally {
    for (const release of held) release();
  }
}

async function run(command: Command, from: string, hold: (release: () => void) => void): Promise<number> {
  switch (command.command) {
    case "help":
      process.stdout.write(USAGE);
      return 0;
    case "up":
      print(await up(command, from, hold));
      return 0;
    case "down":
      print(await down(command, hold));
      return 0;
    case "env":
      print(await env(command.instance));
      return 0;
    case "status":
      return status(command.instance);
    case "toolchain":
      await toolchain();
      return 0;
    case "lake":
      return lake(command.instance, command.lake);
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** An instance on somebody else's cluster needs no root. */
function needsSudo(command: Command): boolean {
  if (process.getuid?.() === 0 || !NEEDS_ROOT.has(command.command)) return false;
  if (command.command === "up" && command.kubeconfig !== undefined) return false;
  return spawnSync("sudo", ["--non-interactive", "true"], { stdio: "ignore" }).status === 0;
}

/** Runs the same command as root. The person's folders stay the ones in use, and what they work with stays theirs. */
function asRoot(): number {
  const kept = ["PATH", "HOME", "INIT_CWD", "TERM", "XDG_CACHE_HOME", "XDG_STATE_HOME"];
  const passed = Object.entries(process.env).filter(
    ([name]) =>
      kept.includes(name) ||
      /^(DRONE_LAKE_|GO|PIP_|NPM_|npm_config_|SSL_CERT|NODE_EXTRA|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY)/.test(
        name,
      ),
  );
  const assignments = passed.map(([name, value]) => `${name}=${value}`);
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawnSync("sudo", ["--non-interactive", "env", ...assignments, ...again], { stdio: "inherit" });
  return child.status ?? 1;
}

let interrupts = 0;
function onInterrupt(): void {
  interrupts++;
  if (interrupts > 1) return;
  process.stderr.write("\ninterrupted: ending what runs ...\n");
  void interruptChildren();
}
process.on("SIGINT", onInterrupt);
process.on("SIGTERM", onInterrupt);

main().then(
  (code) => process.exit(interrupts > 0 ? 130 : code),
  (error: unknown) => {
    if (interrupts > 0 || error instanceof Interrupted) {
      process.stderr.write(
        "stopped. The same command goes on from here; npm run sandbox:down takes everything down.\n",
      );
      process.exit(130);
    }
    const known = error instanceof SandboxError || error instanceof ExecError;
    process.stderr.write(`\n${known ? error.message : ((error as Error)?.stack ?? String(error))}\n`);
    process.exit(error instanceof SandboxError ? error.exitCode : 1);
  },
);
