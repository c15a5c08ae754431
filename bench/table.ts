/** A line of the bench's table. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
}

export function printTable(rows: readonly Row[]): void {
  const width = (key: keyof Row) => Math.max(0, ...rows.map((row) => row[key].length));
  for (const { what, measured, bound } of rows) {
    console.log(`${what.padEnd(width("what"))}  ${measured.padStart(width("measured"))}  ${bound}`);
  }
}
