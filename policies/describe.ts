import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { policies } from "./index";
import { environments, type Policy } from "./policy";

const DOCUMENT = join(__dirname, "..", "docs", "policies.md");
const BEGIN = "<!-- begin: npx tsx policies/describe.ts -->\n";
const END = "<!-- end -->";

/** The policies as tables: one a heading of the index. */
export function describePolicies(): string {
  const sections = Object.entries(policies).map(([heading, group]) =>
    [
      `### ${heading}`,
      "",
      `| policy | ${environments.join(" | ")} | what it demands, and why | what it looks at | remedy |`,
      `| --- | ${environments.map(() => "---").join(" | ")} | --- | --- | --- |`,
      ...group.map(row),
      "",
    ].join("\n"),
  );
  return sections.join("\n");
}

function row(policy: Policy): string {
  const levels = environments.map((environment) => policy.levels[environment].replace("disabled", "-"));
  const cells = [
    `\`${policy.name}\``,
    ...levels,
    `**${policy.demand}** ${policy.why}`,
    `${policy.looksAt}${"checkStack" in policy ? " (the whole stack together)" : ""}`,
    policy.remedy,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** The document with the tables as they are now between its two marks. */
export function withTables(document: string): string {
  const [before, rest] = document.split(BEGIN) as [string, string?];
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/policies.md must have the marks ${BEGIN.trim()} and ${END}`);
  return `${before}${BEGIN}\n${describePolicies()}${END}${after}`;
}

if (require.main === module) writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, "utf8")));
