import { ExecError, type ExecOptions, exec, interruptChildren } from "../sandbox/process";
import { type ConsoleReporter, elapsed } from "../sandbox/progress";

/** How one check of a suite ended. */
interface Outcome {
  readonly title: string;
  readonly passed: number;
  readonly failed: number;
}

/** A check: what runs, and how its output tells the number of tests in it. */
export interface Check {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: ExecOptions;
  /** Reads the counts from the output; a check without one counts as a single test. */
  readonly count?: (output: string) => { passed: number; failed: number };
  /** What a line of the output says about how far the check is, if anything. */
  readonly note?: (line: string) => string | undefined;
}

/** Runs checks, all of them even when one fails, and counts their tests. */
export class Suite {
  private readonly outcomes: Outcome[] = [];
  private readonly started = Date.now();

  constructor(private readonly reporter: ConsoleReporter) {}

  async check(check: Check): Promise<void> {
    const count = check.count ?? (() => ({ passed: 0, failed: 0 }));
    try {
      const { stdout, stderr } = await this.reporter.step(check.title, (step) => {
        const onLine = (line: string) => {
          const note = check.note?.(line);
          if (note) step.note(note);
        };
        return exec(check.command, check.args, { ...check.options, step, onLine });
      });
      const { passed, failed } = check.count ? count(stdout + stderr) : { passed: 1, failed: 0 };
      // Nothing counted means that the tests were not found, which must not look like success.
      this.outcomes.push({ title: check.title, passed, failed: passed + failed === 0 ? 1 : failed });
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      process.stderr.write(`${error.stdout}${error.stderr}\n`);
      const { passed, failed } = count(error.stdout + error.stderr);
      this.outcomes.push({ title: check.title, passed, failed: Math.max(1, failed) });
    }
  }

  /** Prints the table and, as the last line, `N passed, N failed`; returns the exit status. */
  finish(): number {
    const sum = (key: "passed" | "failed") => this.outcomes.reduce((total, outcome) => total + outcome[key], 0);
    for (const { title, passed, failed } of this.outcomes) {
      console.log(`${failed ? "FAILED" : "ok    "} ${title}: ${passed} passed, ${failed} failed`);
    }
    console.log(`took ${elapsed((Date.now() - this.started) / 1000)}`);
    console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
    return sum("failed") === 0 ? 0 : 1;
  }
}

/** Runs a suite as this process's work: its exit status, its failure as a count, and its commands ended with it. */
export function runSuite(main: () => Promise<number>): void {
  process.once("SIGINT", () => void interruptChildren().then(() => process.exit(130)));
  process.once("SIGTERM", () => void interruptChildren().then(() => process.exit(143)));
  main().then(
    (status) => process.exit(status),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      console.log("0 passed, 1 failed");
      process.exit(1);
    },
  );
}

/** Counts of vitest's closing lines: `Tests  3 failed | 20 passed (23)`; a file that did not load counts as a failure. */
export function vitestCount(output: string): { passed: number; failed: number } {
  const numbers = (label: string, word: string) => {
    const line = output.match(new RegExp(`^\\s*${label}\\s.*$`, "m"))?.[0] ?? "";
    return Number(line.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  };
  const failed = numbers("Tests", "failed");
  return { passed: numbers("Tests", "passed"), failed: failed || numbers("Test Files", "failed") };
}

/** The test that a line of vitest's verbose report tells the end of: `✓ |e2e| file.test.ts > the sandbox > comes up 4m`. */
export function vitestNote(line: string): string | undefined {
  return /^\s*[✓×]\s.* > (.+)$/.exec(line)?.[1];
}

/** Counts of pytest's closing line: `3 failed, 20 passed, 1 error in 4.2s`; a skipped test counts as failed: none is skipped here. */
export function pytestCount(output: string): { passed: number; failed: number } {
  const number = (word: string) => Number(output.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  return { passed: number("passed"), failed: number("failed") + number("errors?") + number("skipped") };
}
