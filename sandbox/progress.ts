import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** One step of a run, as the work inside it sees it. */
export interface Step {
  /** Says what the step is doing at the moment; shown beside its title. */
  note(text: string): void;
  /** Adds a line to the step's log; the last ones are shown when the step fails. */
  log(line: string): void;
}

/** Shows the steps of a run. Steps may overlap. */
export interface Reporter {
  /** Runs `work` as a step called `title`. A failure is shown with the step's last lines and thrown on. */
  step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T>;
}

/** A finished step, for the table of times at the end of a run. */
export interface Timing {
  readonly title: string;
  readonly seconds: number;
}

export interface ReporterOptions {
  /** Where progress goes; standard error by default, so that standard output stays for results. */
  out?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  /** A file that gets every log line of every step. */
  logFile?: string;
  /** Milliseconds, for tests. */
  now?: () => number;
}

const LOG_LINES_KEPT = 20;
const REDRAW_MS = 500;
/** In a log, a step that is still running says so this often, and what it does now at most this often. */
const HEARTBEAT_MS = 60_000;
const NOTE_MS = 5_000;

/** `75` → `1m15s`, `9.2` → `9s`. */
export function elapsed(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

interface Running {
  readonly title: string;
  readonly start: number;
  readonly tail: string[];
  note: string;
  said: number;
  unsaid: boolean;
}

/** Removes terminal control sequences and line ends, so that a tool's output cannot move the cursor. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it removes
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "");
}

/** Progress on a terminal (one live line a step) or in a log (plain lines). */
export class ConsoleReporter implements Reporter {
  readonly timings: Timing[] = [];
  private readonly running = new Set<Running>();
  private readonly out: NonNullable<ReporterOptions["out"]>;
  private readonly now: () => number;
  private logFile?: string;
  private timer?: NodeJS.Timeout;
  private drawn = 0;

  constructor(options: ReporterOptions = {}) {
    this.out = options.out ?? process.stderr;
    this.now = options.now ?? Date.now;
    this.logFile = options.logFile;
  }

  async step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T> {
    const start = this.now();
    const running: Running = { title, start, note: "", tail: [], said: start, unsaid: false };
    this.running.add(running);
    if (!this.live) this.out.write(`... ${title}\n`);
    this.timer ??= setInterval(() => this.tick(), REDRAW_MS);
    this.draw();
    let failed = true;
    try {
      const value = await work({
        note: (text) => this.note(running, plain(text)),
        log: (line) => this.log(running, plain(line)),
      });
      failed = false;
      return value;
    } finally {
      this.finish(running, failed);
    }
  }

  private get live(): boolean {
    return this.out.isTTY === true;
  }

  private note(running: Running, text: string): void {
    if (running.note === text) return;
    running.note = text;
    this.append(running, text);
    running.unsaid = text !== "";
    if (this.live) this.draw();
    else this.sayNote(running);
  }

  /** A note that comes right after another waits its turn; a newer one takes its place. */
  private sayNote(running: Running): void {
    if (running.unsaid && this.now() - running.said >= NOTE_MS) this.heartbeat(running);
  }

  private log(running: Running, line: string): void {
    running.tail.push(line);
    if (running.tail.length > LOG_LINES_KEPT) running.tail.shift();
    this.append(running, line);
  }

  private append(running: Running, line: string): void {
    if (!this.logFile) return;
    try {
      mkdirSync(dirname(this.logFile), { recursive: true });
      appendFileSync(this.logFile, `${new Date(this.now()).toISOString()} ${running.title}: ${line}\n`);
    } catch (error) {
      // A full disk, most likely: the work itself tells of it where it matters.
      const file = this.logFile;
      this.logFile = undefined;
      this.say(`the log ${file} ends here: ${(error as Error).message}`);
    }
  }

  /** Prints a line between the steps. */
  private say(line: string): void {
    this.erase();
    this.out.write(`${line}\n`);
    this.draw();
  }

  private tick(): void {
    if (this.live) this.draw();
    else for (const running of this.running) if (this.now() - running.said >= HEARTBEAT_MS) this.heartbeat(running);
  }

  private heartbeat(running: Running): void {
    running.said = this.now();
    running.unsaid = false;
    const note = running.note ? `: ${running.note}` : "";
    this.out.write(`... ${running.title}${note} (${this.age(running)})\n`);
  }

  private finish(running: Running, failed: boolean): void {
    this.running.delete(running);
    this.timings.push({ title: running.title, seconds: (this.now() - running.start) / 1000 });
    if (this.running.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    this.erase();
    const note = running.note ? `: ${running.note}` : "";
    this.out.write(`${failed ? "FAILED" : "ok "} ${running.title}${note} (${this.age(running)})\n`);
    if (failed) for (const line of running.tail) this.out.write(`    | ${line}\n`);
    this.draw();
  }

  private age(running: Running): string {
    return elapsed((this.now() - running.start) / 1000);
  }

  private erase(): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\r\u001b[J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (!this.live) return;
    this.erase();
    const width = (this.out.columns || 80) - 1;
    for (const running of this.running) {
      const note = running.note ? `: ${running.note}` : "";
      const tail = ` (${this.age(running)})`;
      this.out.write(`${`... ${running.title}${note}`.slice(0, width - tail.length)}${tail}\n`);
      this.drawn++;
    }
  }
}
