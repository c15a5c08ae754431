import { interruptChildren, killChildren } from "./process";
import { endWithCaller } from "./sudo";

/** Signals that come this soon after one another are one: the terminal, npm and the bootstrap each pass Ctrl-C on. */
const SAME_MS = 1000;

/** How a run learns that it is to end. */
export class Interrupts {
  private first: number | undefined;

  /** From now on the first signal ends the work in order, a later one at once. `say` is called with the first. */
  constructor(private readonly say: () => void) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => this.take());
    endWithCaller(() => this.take());
    // Whoever reads along may be gone, as when the terminal was closed: the work is ended in order all the same.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  }

  get came(): boolean {
    return this.first !== undefined;
  }

  private take(): void {
    if (this.first !== undefined) {
      if (Date.now() - this.first < SAME_MS) return;
      killChildren();
      process.exit(130);
    }
    this.first = Date.now();
    this.say();
    void interruptChildren();
  }
}
