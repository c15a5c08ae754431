import { type Command, parseCommand, USAGE } from "./args";
import { client, down, env, lake, mcp, status, toolchain } from "./commands";
import { exitCode, explain } from "./errors";
import { DEFAULT_INSTANCE } from "./instance";
import { Interrupted } from "./process";
import { Interrupts } from "./signals";
import { handBack, runAsRoot, sudoWorks } from "./sudo";
import { up } from "./up";

async function main(): Promise<number> {
  const from = process.env.INIT_CWD ?? process.cwd();
  const command = parseCommand(process.argv.slice(2), process.env);
  if (needsRoot(command) && process.getuid?.() !== 0 && sudoWorks()) {
    asked = true;
    return runAsRoot();
  }
  const held: (() => void)[] = [];
  const hold = (release: () => void) => held.push(release);
  try {
    return await run(command, from, hold);
  } finally {
    handBack("instance" in command ? command.instance : DEFAULT_INSTANCE);
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
    case "mcp":
      return mcp(command.instance);
    case "toolchain":
      await toolchain();
      return 0;
    case "lake":
      return lake(command.instance, command.lake, from);
    case "client":
      return client(command.instance, command.identity, command.program, from);
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** A node of its own is made as root, and so are images. */
function needsRoot(command: Command): boolean {
  if (command.command === "up") return command.kubeconfig === undefined || command.registry !== undefined;
  return command.command === "down";
}

/** Whether another process, as root, does the work and tells about it. */
let asked = false;
const interrupts = new Interrupts(() => {
  if (!asked) process.stderr.write("\ninterrupted: ending what runs (once more: at once) ...\n");
});

main().then(
  (code) => process.exit(interrupts.came ? 130 : code),
  (error: unknown) => {
    if (interrupts.came || error instanceof Interrupted) {
      process.stderr.write(
        "stopped. The same command goes on from here; npm run sandbox:down takes everything down.\n",
      );
      process.exit(130);
    }
    process.stderr.write(`\n${explain(error)}\n`);
    process.exit(exitCode(error));
  },
);
