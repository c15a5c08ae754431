/** A name as people mix its forms up: without case, accents and the marks between words. */
export function plain(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The names that are meant: the one that is written exactly so, else all that differ from it in form alone. */
export function meant(written: string, names: readonly string[]): string[] {
  const distinct = [...new Set(names)];
  if (distinct.includes(written)) return [written];
  const form = plain(written);
  return form === "" ? [] : distinct.filter((name) => plain(name) === form);
}
