import type { Problem } from "./rules/rule";

/** Edits (insertions, deletions, substitutions) that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The known word that was probably meant, or undefined when none is near. Case does not count. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
      begins: Number(candidate.toLowerCase().startsWith(word.toLowerCase())),
    }))
    .sort((a, b) => a.distance - b.distance || b.begins - a.begins);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

/** What to say of a key that is not known, given those that are. */
export function unknownKey(parent: string, key: string, known: readonly string[]): Problem {
  const near = suggestion(key, known);
  const path = parent ? `${parent}.${key}` : key;
  return {
    path,
    message: near ? `unknown key; did you mean ${near}?` : `unknown key; known are ${known.join(", ")}`,
  };
}
