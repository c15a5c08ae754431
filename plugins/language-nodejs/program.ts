/** Runs a Pulumi program: Node with @pulumi/pulumi's own runner, which loads TypeScript through ts-node. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The exit status of a program whose errors were all shown already. */
const ALREADY_SHOWN = 32;
/** How long a program may take to end when it is told to. */
const GRACE_MS = 5000;

export interface Program {
  /** Folder of the program, and what to load in it. */
  folder: string;
  entryPoint: string;
  /** Folder of Pulumi.yaml. */
  rootFolder: string;
  /** `runtime.options` of Pulumi.yaml. */
  options: Record<string, unknown>;
  args: string[];
  project: string;
  stack: string;
  organization: string;
  monitor: string;
  engine: string;
  config: Record<string, string>;
  secretKeys: string[];
  dryRun: boolean;
  parallel: number;
}

export interface Outcome {
  /** What to show, empty when the program ended well. */
  error: string;
  /** The program failed and has said why itself. */
  bail: boolean;
}

/** The runner out of the @pulumi/pulumi that the program or policy pack uses. Throws with what to do when there is none. */
export function findRunner(folder: string, command: "run" | "run-policy-pack"): string {
  try {
    return createRequire(join(folder, "index.js")).resolve(`@pulumi/pulumi/cmd/${command}`);
  } catch {
    const what = command === "run" ? "program" : "policy pack";
    throw new Error(`the ${what} in ${folder} has no @pulumi/pulumi: run \`npm ci\` there`);
  }
}

/** Arguments of Node, in the order in which the runner reads them. */
export function argumentsFor(program: Program, runner: string): string[] {
  const { nodeargs } = program.options;
  return [
    ...(typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter(Boolean) : []),
    runner,
    ...["--monitor", program.monitor, "--engine", program.engine],
    ...["--project", program.project, "--stack", program.stack, "--organization", program.organization],
    ...["--root-directory", program.rootFolder, "--pwd", program.folder],
    ...(program.dryRun ? ["--dry-run"] : []),
    ...["--parallel", String(program.parallel)],
    program.entryPoint,
    ...program.args,
  ];
}

/** What the runner reads from the environment. */
export function environmentFor(program: Program, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { typescript, tsconfig } = program.options;
  return {
    ...env,
    PULUMI_CONFIG: JSON.stringify(program.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(program.secretKeys),
    PULUMI_NODEJS_TYPESCRIPT: String(typescript !== false),
    ...(typeof tsconfig === "string" && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
    // Checking types belongs to `tsc`; at every preview it would take longer than the preview.
    PULUMI_NODEJS_TRANSPILE_ONLY: env.PULUMI_NODEJS_TRANSPILE_ONLY ?? "true",
  };
}

/** Starts the program; what it prints goes where this process prints. */
export function start(program: Program): { outcome: Promise<Outcome>; stop: () => void } {
  const child = spawn(process.execPath, argumentsFor(program, findRunner(program.folder, "run")), {
    cwd: program.folder,
    env: environmentFor(program, process.env),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.on("error", (error) => resolve({ error: `the program could not be started: ${error.message}`, bail: false }));
    child.on("exit", (code, signal) => resolve(outcomeOf(code, signal)));
  });
  return { outcome, stop: () => stop(child) };
}

export function outcomeOf(code: number | null, signal: NodeJS.Signals | null): Outcome {
  if (code === 0) return { error: "", bail: false };
  if (code === ALREADY_SHOWN) return { error: "", bail: true };
  const how = code === null ? `was ended by ${signal}` : `exited with status ${code}`;
  return { error: `the program ${how}`, bail: false };
}

function stop(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
}
