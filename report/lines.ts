/** A change as the lines of a diff. */
import { stringify } from "yaml";
import { UNKNOWN } from "../policies/readers/values";
import { type Difference, differences, namedPath } from "./differences";
import { masked } from "./mask";
import { type Change, SECRET } from "./plan";

/** Longest line that is shown. */
const WIDTH = 400;

function plain(value: unknown): unknown {
  if (value === UNKNOWN) return "(known after up)";
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function linesOf(value: unknown): string[] {
  if (value === undefined) return [];
  const shown = plain(value);
  const text = typeof shown === "string" ? shown : stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH)} ...` : line));
}

/** The lines of two texts without those that they begin and end with together. */
function withoutCommon(old: string[], next: string[]): [string[], string[]] {
  const shorter = Math.min(old.length, next.length);
  let start = 0;
  while (start < shorter && old[start] === next[start]) start++;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end++;
  return [old.slice(start, old.length - end), next.slice(start, next.length - end)];
}

function lineDiff({ path, old, next }: Difference): string[] {
  const [gone, come] = withoutCommon(linesOf(old), linesOf(next));
  return [`  ${path}`, ...gone.map((line) => `-   ${line}`), ...come.map((line) => `+   ${line}`)];
}

/** The lines of a change, secrets masked; empty where nothing of it can be seen. */
export function linesOfChange({ before, after, paths }: Change): string[] {
  const [old, next] = [before && masked(before.inputs), after && masked(after.inputs)];
  if (!old || !next) {
    const sign = next ? "+" : "-";
    return linesOf(next ?? old).map((line) => `${sign} ${line}`);
  }
  const options = (["protect", "retainOnDelete"] as const).flatMap((option) =>
    before?.[option] === after?.[option]
      ? []
      : lineDiff({ path: `(option) ${option}`, old: before?.[option], next: after?.[option] }),
  );
  const seen = differences(old, next);
  // What the provider alone sees: a secret, whose old and new value look the same here, or a server's own answer.
  const covered = (path: string) => seen.some((found) => path.startsWith(found.path) || found.path.startsWith(path));
  const unseen = paths
    .map((path) => namedPath(path, old, next))
    .filter((path) => !covered(path))
    .map((path) => `  ${path}: differs (${SECRET} or known to the provider alone)`);
  return [...options, ...seen.flatMap(lineDiff), ...unseen];
}
