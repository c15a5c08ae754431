import { list, UNKNOWN } from "./values";

/** Yes, no, or not known yet. */
export type Answer = boolean | typeof UNKNOWN;

/** Whether one of several is so. */
export function any(answers: readonly Answer[]): Answer {
  return answers.includes(true) || (answers.includes(UNKNOWN) ? UNKNOWN : false);
}

/** Whether a value is one of those wanted. */
export function is(value: unknown, ...wanted: unknown[]): Answer {
  return value === UNKNOWN || wanted.includes(UNKNOWN) ? UNKNOWN : wanted.includes(value);
}

/** The items of a list; one that is unknown stands for a list that is. */
export function items(value: unknown): readonly unknown[] {
  return value === UNKNOWN ? [UNKNOWN] : list(value);
}
