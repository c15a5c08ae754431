/** What an answer that fails says: what is wrong, what to change, and what there is instead. Names in it are data. */
export class Problem extends Error {
  constructor(
    readonly wrong: string,
    readonly change: string,
    readonly exists?: Readonly<Record<string, unknown>>,
  ) {
    super(`${wrong}; ${change}`);
    this.name = "Problem";
  }
}

const SHOWN = 120;

/** Somebody's text inside a sentence: quoted, on one line, and cut where it is long. */
export function quoted(text: string): string {
  return escapeInvisible(JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text));
}

/** JSON in which every character that does not show, or that turns the direction of text, is an escape; still the same JSON. */
export function escapeInvisible(json: string): string {
  return json.replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Co}\u007f-\u009f]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}
