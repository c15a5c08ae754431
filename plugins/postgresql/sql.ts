/** Pieces of SQL that cannot be parameters: names, literals, lists of them. */

/** A quoted name. Throws on a zero byte, which PostgreSQL cannot store. */
export function name(text: string): string {
  refuseZero(text);
  return `"${text.replaceAll('"', '""')}"`;
}

/** A quoted text, safe whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  refuseZero(text);
  const quoted = text.replaceAll("'", "''");
  return quoted.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

/** A function, table or sequence in a schema; a function may carry its argument types, as in `area(geometry, double precision)`. */
export function objectIn(schema: string, object: string): string {
  const [, own = object, types = ""] = /^([^(]+?)\s*(\([\w\s,."[\]]*\))?$/.exec(object) ?? [];
  return `${name(schema)}.${name(own)}${types}`;
}

function refuseZero(text: string): void {
  if (text.includes("\0")) throw new Error("a name or text for PostgreSQL contains a zero byte");
}
