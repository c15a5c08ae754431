/** A text of pieces that must not be longer than a limit, shortened where it hurts least. */

/** A part of a text, which can be told shorter. */
export interface Piece {
  /** What it says, longest first. Where the last is too long still, the piece is left out. */
  readonly forms: readonly string[];
  /** Pieces that matter more are shortened only when all that matter less are gone. */
  readonly importance: number;
}

/**
 * The pieces in their order, as long as the limit allows. Of those that matter the same, all are shortened a little before any is
 * shortened more, the last one first. `notice` is the last line where something was shortened or left out.
 */
export function cut(
  pieces: readonly Piece[],
  limit: number,
  notice: (shortened: number, left: number) => string,
): string {
  const forms = pieces.map((piece) => [...piece.forms, ""]);
  const chosen = pieces.map(() => 0);
  const text = (i: number) => forms[i]?.[chosen[i] as number] as string;
  let length = pieces.reduce((sum, _, i) => sum + text(i).length, 0);
  if (length <= limit) return pieces.map((_, i) => text(i)).join("");

  // The notice is at its longest with the greatest numbers that it may have to tell.
  const room = limit - notice(pieces.length, pieces.length).length;
  for (const i of inOrderOfLoss(pieces)) {
    if (length <= room) break;
    length -= text(i).length;
    chosen[i] = (chosen[i] as number) + 1;
    length += text(i).length;
  }
  const left = chosen.filter((form, i) => form > 0 && form === forms[i]!.length - 1).length;
  const shortened = chosen.filter((form) => form > 0).length - left;
  return pieces.map((_, i) => text(i)).join("") + notice(shortened, left);
}

/** The index of the piece to shorten by one form, again and again until nothing is left. */
function* inOrderOfLoss(pieces: readonly Piece[]): Iterable<number> {
  const ranks = [...new Set(pieces.map(({ importance }) => importance))].sort((a, b) => a - b);
  for (const rank of ranks) {
    const last = pieces
      .map((_, i) => i)
      .filter((i) => pieces[i]!.importance === rank)
      .reverse();
    const most = Math.max(...last.map((i) => pieces[i]!.forms.length));
    for (let form = 0; form < most; form++) yield* last.filter((i) => pieces[i]!.forms.length > form);
  }
}
