import type { Change, Plan } from "../plan";

/** A kind of change that must not go by unseen, and how it is recognised. */
export interface DangerRule {
  /** As reports and docs name it. */
  readonly name: string;
  /** Why a reviewer should stop at it: one sentence. */
  readonly why: string;
  /** What of it a change does, each a clause after the resource's name; nothing where it is harmless. */
  find(change: Change, plan: Plan): Iterable<string>;
}

/** One dangerous thing that one change does. */
export interface Danger {
  readonly rule: string;
  readonly why: string;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** What happens, such as `deletes the bucket drone-raw`. */
  readonly what: string;
}
