/** Failures that the engine understands better than a line of text. */
import type { Properties } from "./values";

/** The call is refused with this message; the engine shows it as is. */
export class ProviderError extends Error {}

/**
 * The object exists but did not get ready. The engine keeps it in the state (with `outputs`) together with the reasons, shows every
 * reason as a line of its own, and tries an update at the next `up` instead of losing the object.
 */
export class InitializationError extends Error {
  /** `reasons`: one readable line each, the first is what failed, the others are hints. */
  constructor(
    readonly id: string,
    readonly outputs: Properties,
    readonly inputs: Properties,
    readonly reasons: string[],
  ) {
    super(reasons.join("\n"));
  }
}
