/** Random text out of chosen classes of characters, with a least number of each. */
import { randomInt } from "node:crypto";

const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

export interface Recipe {
  length: number;
  upper: boolean;
  lower: boolean;
  numeric: boolean;
  special: boolean;
  minUpper: number;
  minLower: number;
  minNumeric: number;
  minSpecial: number;
  /** Replaces the default special characters. */
  overrideSpecial?: string;
}

/** What makes a recipe impossible, with the property to blame. */
export function flaw(recipe: Recipe): { property: string; reason: string } | undefined {
  const least = recipe.minUpper + recipe.minLower + recipe.minNumeric + recipe.minSpecial;
  if (least > recipe.length)
    return { property: "length", reason: `"length" is ${recipe.length}, less than the sum of the minimums, ${least}` };
  if (classes(recipe).every(({ alphabet }) => alphabet === ""))
    return { property: "special", reason: "no class of characters is on: set one of upper, lower, numeric, special" };
  return undefined;
}

function classes(recipe: Recipe): { alphabet: string; least: number }[] {
  const { overrideSpecial } = recipe;
  const special = overrideSpecial === undefined || overrideSpecial === "" ? SPECIAL : overrideSpecial;
  return [
    { alphabet: recipe.numeric ? "0123456789" : "", least: recipe.minNumeric },
    { alphabet: recipe.lower ? "abcdefghijklmnopqrstuvwxyz" : "", least: recipe.minLower },
    { alphabet: recipe.upper ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "", least: recipe.minUpper },
    { alphabet: recipe.special ? special : "", least: recipe.minSpecial },
  ];
}

/** Text from a cryptographic source in which every allowed character is equally likely beyond the minimums. */
export function randomText(recipe: Recipe): string {
  const characters: string[] = [];
  const all: string[] = [];
  for (const { alphabet, least } of classes(recipe)) {
    const letters = [...alphabet];
    all.push(...letters);
    for (let i = 0; i < least && letters.length > 0; i++) characters.push(pick(letters));
  }
  while (characters.length < recipe.length) characters.push(pick(all));
  // Fisher-Yates: else the minimums would always stand first.
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
  }
  return characters.join("");
}

function pick(letters: string[]): string {
  return letters[randomInt(letters.length)] as string;
}
