/** The numbers of a text. Where they stand apart by spaces or semicolons, a comma is a Dutch decimal comma. */
export function numbersIn(text: string): number[] {
  const words = text
    .replace(/[()[\]°:]/g, " ")
    .trim()
    .split(/[\s;]+/)
    .filter(Boolean);
  if (words.length > 1 && words.every((word) => /^[-+]?\d+,\d+$/.test(word))) {
    return words.map((word) => Number(word.replace(",", ".")));
  }
  const parts = words.flatMap((word) => word.split(",")).filter(Boolean);
  return parts.every((part) => /^[-+]?\d+(\.\d+)?$/.test(part)) ? parts.map(Number) : [];
}
