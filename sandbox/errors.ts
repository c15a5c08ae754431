import { ExecError } from "./process";
import { NoSpace, Unavailable } from "./toolchain/errors";

/** A failure that a person can mend: its message says what failed, where, and what to do next. Shown without a stack. */
export class SandboxError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = "SandboxError";
  }
}

/** What a person is told of a failure: what can be mended in plain words, a fault of ours with its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ([SandboxError, ExecError, NoSpace, Unavailable].some((known) => error instanceof known)) return error.message;
  if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
    return `${error.message}: the disk is full. Free some of it, or set DRONE_LAKE_CACHE and DRONE_LAKE_STATE to folders on a larger disk`;
  }
  return error.stack ?? error.message;
}

export function exitCode(error: unknown): number {
  return error instanceof SandboxError ? error.exitCode : 1;
}
