import { type ChildProcess, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { Step } from "./progress";
import { notFound, tied } from "./tied";

export interface ExecOptions {
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Gets every line of output. */
  step?: Step;
  timeoutMs?: number;
  /** Written to the command's standard input, which is empty otherwise. */
  input?: string;
  /** Called with every line of standard output. */
  onLine?: (line: string) => void;
  /** Exit codes that are not an error; 0 alone by default. */
  allowed?: readonly number[];
  /** How long it may take to end in order when the run is interrupted; 5 s by default. */
  graceMs?: number;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const TAIL_LINES = 20;

/** A command that failed; its message holds the command and the last lines that it printed. */
export class ExecError extends Error {
  constructor(
    readonly command: string,
    /** Why it ended: `exit code 3`, `signal SIGKILL`, `no answer in 5 s`. */
    readonly reason: string,
    readonly tail: readonly string[],
    readonly code: number | undefined,
    readonly stdout: string,
    readonly stderr: string,
  ) {
    super([`${command}: ${reason}`, ...tail.map((line) => `  | ${line}`)].join("\n"));
    this.name = "ExecError";
  }
}

/** Thrown where work ends because the person interrupted the run. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

const GRACE_MS = 5000;
/** Each with the time that it gets to end in order. */
const children = new Map<ChildProcess, number>();
const waits = new Set<() => void>();
let interrupted = false;

/** Throws `Interrupted` once the run was interrupted: long loops ask it between rounds. */
export function checkInterrupt(): void {
  if (interrupted) throw new Interrupted();
}

/** Calls `end` when the run is interrupted, unless the returned function was called before. */
export function onInterrupt(end: () => void): () => void {
  waits.add(end);
  return () => waits.delete(end);
}

/** Ends every command that `exec` started, with all that those started, and refuses new ones. Resolves when they are gone. */
export async function interruptChildren(): Promise<void> {
  interrupted = true;
  for (const end of waits) end();
  await Promise.all([...children].map(([child, graceMs]) => endInOrder(child, graceMs)));
}

function endInOrder(child: ChildProcess, graceMs: number): Promise<void> {
  return new Promise((done) => {
    const kill = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
    child.once("close", () => {
      clearTimeout(kill);
      done();
    });
    signalGroup(child, "SIGTERM");
  });
}

/** Ends every command at once, without waiting. */
export function killChildren(): void {
  for (const child of children.keys()) signalGroup(child, "SIGKILL");
}

/** A child runs in a process group of its own, so that a compiler's own children end with it; one in the foreground shares the terminal's. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    child.kill(signal);
  }
}

/** Runs a command in the foreground, with this process's input and output; returns its exit code. */
export function runInForeground(
  command: string,
  args: readonly string[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
): Promise<number> {
  checkInterrupt();
  return new Promise((resolve, reject) => {
    const child = spawn(...tied(command, args), { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
    children.set(child, GRACE_MS);
    child.once("close", () => children.delete(child));
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

/** Runs a command without a shell and waits for its end; it ends with this process. Throws `ExecError` with the last 20 lines when it fails. */
export function exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  if (interrupted) return Promise.reject(new Interrupted());
  return new Promise((resolve, reject) => {
    const child = spawn(...tied(command, args), {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    });
    children.set(child, options.graceMs ?? GRACE_MS);
    const tail: string[] = [];
    const say = (line: string, onLine?: (line: string) => void) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      options.step?.log(line);
      onLine?.(line);
    };
    const out = collect(child.stdout, (line) => say(line, options.onLine));
    const err = collect(child.stderr, (line) => say(line));
    if (child.stdin) {
      // A command may end without reading all of its input; its exit code tells what that means.
      child.stdin.on("error", () => {});
      child.stdin.end(options.input);
    }
    let timedOut = false;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          signalGroup(child, "SIGKILL");
        }, options.timeoutMs)
      : undefined;
    const fail = (reason: string, code?: number) =>
      reject(new ExecError([command, ...args].join(" "), reason, tail, code, out.text(), err.text()));
    child.once("error", (error) => {
      clearTimeout(timer);
      children.delete(child);
      fail((error as NodeJS.ErrnoException).code === "ENOENT" ? "command not found" : error.message);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      out.end();
      err.end();
      if (interrupted) reject(new Interrupted());
      else if (timedOut) fail(`no end within ${(options.timeoutMs ?? 0) / 1000} s`);
      else if (code === null) fail(`ended by signal ${signal}`);
      else if (notFound(code, err.text())) fail("command not found");
      else if ((options.allowed ?? [0]).includes(code)) resolve({ stdout: out.text(), stderr: err.text(), code });
      else fail(`exit code ${code}`, code);
    });
  });
}

/** Collects a stream as text and hands its lines on as they come. */
function collect(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void) {
  const decoder = new StringDecoder("utf8");
  let all = "";
  let rest = "";
  const take = (text: string) => {
    all += text;
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
  stream?.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
  return {
    text: () => all,
    end: () => {
      take(decoder.end());
      if (rest) onLine(rest);
      rest = "";
    },
  };
}
