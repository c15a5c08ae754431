import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describePolicies, withTables } from "../../policies/describe";
import { allPolicies } from "../../policies/index";

const document = readFileSync(join(__dirname, "..", "..", "docs", "policies.md"), "utf8");

test("docs/policies.md has the tables of the policies as they are (after a change: npx tsx policies/describe.ts)", () => {
  expect(document).toBe(withTables(document));
});

test("a row says name, levels, demand, why and remedy", () => {
  const rows = describePolicies().split("\n");
  for (const { name, demand, why, remedy } of allPolicies) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` |`));
    for (const part of [demand, why, remedy]) expect(row, name).toContain(part);
  }
  expect(rows.find((line) => line.includes("`images-by-digest`"))).toContain("| - | - | mandatory |");
});
