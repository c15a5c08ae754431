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
