/** A report as Markdown for a pull request. */

import type { PolicyFinding } from "../policies/findings";
import { cut, type Piece } from "./cut";
import type { Danger } from "./dangers/danger";
import { titleOf } from "./plan";
import type { ChangeReport, Report, StackReport } from "./report";
import type { Totals } from "./totals";

/** Where a comment is cut by its forge: GitHub's is at 65,536 characters, and one must be left for what surrounds it. */
export const LIMIT = 64_000;

/** Lines of a diff in its shorter form. */
const SHORT = 25;

/** What is lost last, and what first. */
enum Importance {
  Create,
  Update,
  Removal,
  DangerousChange,
  Advice,
  Totals,
  Violation,
  Danger,
  Failure,
  Head,
}

/** Text that Markdown takes as it is: no element, no table cell, nobody called. */
function safe(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("|", "\\|")
    .replaceAll("@", "&#64;")
    .replace(/([*_[\]\\])(?!\|)/g, "\\$1")
    .replaceAll("\n", " ");
}

/** A fence that no line of the text ends. */
function fenced(lines: readonly string[], language: string): string {
  const longest = Math.max(2, ...lines.map((line) => /`*/.exec(line.trimStart())?.[0].length ?? 0));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${lines.join("\n")}\n${ticks}`;
}

const code = (text: string) => `<code>${safe(text)}</code>`;

/** Safe text in which backticks stand around code. */
const prose = (text: string) =>
  text
    .split(/`([^`]*)`/)
    .map((part, i) => (i % 2 ? code(part) : safe(part)))
    .join("");

const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |\n`;

function head({ comparedWith, outcome, stacks }: Report): string {
  const names = stacks.map(({ stack }) => stack).join(", ");
  const counts = stacks.map(({ stack, counts, dangers, policies, outcome }) => {
    const mandatory = policies.filter(({ level }) => level === "mandatory").length;
    const { create, update, replace, delete: removed, same } = counts;
    return row([safe(stack), create, update, replace, removed, same, dangers.length, mandatory, outcome]);
  });
  return [
    `# Preview of ${safe(names)}: ${outcome}\n\n`,
    `Compared with ${prose(comparedWith)}.\n\n`,
    row(["stack", "create", "update", "replace", "delete", "same", "dangers", "policy violations", "outcome"]),
    row(Array(9).fill("---")),
    ...counts,
  ].join("");
}

/** Dangers of one rule, with their reason once. */
function dangerPieces(dangers: readonly Danger[]): Piece[] {
  return dangers.map((danger, i) => {
    const first = dangers[i - 1]?.rule !== danger.rule;
    const line = `- ${code(titleOf(danger))} ${prose(danger.what)}\n`;
    const heading = first ? `\n**${danger.rule}**\n\n` : "";
    return {
      forms: [first ? `\n**${danger.rule}**: ${prose(danger.why)}\n\n${line}` : line, heading + line],
      importance: Importance.Danger,
    };
  });
}

function policyPieces(findings: readonly PolicyFinding[]): Piece[] {
  return findings.map((finding) => {
    const { policy, level, fault, why, remedy } = finding;
    const line = `- ${level}: **${policy}**: ${code(titleOf(finding))} ${prose(fault)}\n`;
    const more = [why && `  Why: ${prose(why)}\n`, remedy && `  Remedy: ${prose(remedy)}\n`].filter(Boolean).join("");
    return {
      forms: [line + more, line],
      importance: level === "mandatory" ? Importance.Violation : Importance.Advice,
    };
  });
}

const rounded = (value: number) => Math.round(value * 100) / 100;

/** The totals that change; the others are told to stay. */
function totals(before: Totals, after: Totals): string {
  const words: [keyof Totals, string][] = [
    ["drives", "drives of the object store"],
    ["volumeGiB", "volumes, GiB"],
    ["gpus", "GPUs"],
    ["cores", "cores that servers ask for"],
    ["memoryGiB", "memory that servers ask for, GiB"],
  ];
  const lines = words.flatMap(([key, what]) => {
    const change = rounded(after[key] - before[key]);
    const sign = change > 0 ? "+" : "";
    return change ? row([what, rounded(before[key]), rounded(after[key]), `${sign}${change}`]) : [];
  });
  const heading = "\n### What it takes\n\n";
  if (lines.length === 0) return `${heading}As many drives, GiB, GPUs and cores as before.\n`;
  return [heading, row(["", "before", "after", "change"]), row(Array(4).fill("---")), ...lines].join("");
}

function changePiece(change: ChangeReport): Piece {
  const { operation, lines, replacing, dangerous } = change;
  const title = `${operation === "same" ? "options of" : operation} ${code(titleOf(change))}`;
  const because = replacing.length ? `\nReplaced because of ${replacing.map(code).join(", ")}.\n` : "";
  const folded = (shown: readonly string[]) =>
    `<details><summary>${title}</summary>\n${because}\n${fenced(shown, "diff")}\n\n</details>\n`;
  const short =
    lines.length > SHORT ? [folded([...lines.slice(0, SHORT), `  ... ${lines.length - SHORT} more lines`])] : [];
  const importance = dangerous
    ? Importance.DangerousChange
    : operation === "create"
      ? Importance.Create
      : operation === "delete" || operation === "replace"
        ? Importance.Removal
        : Importance.Update;
  return { forms: [...(lines.length ? [folded(lines)] : []), ...short, `${title}<br>\n`], importance };
}

function stackPieces(report: StackReport): Piece[] {
  const { stack, counts, dangers, policies, changes, failure } = report;
  const seen = Object.values(counts).some((count) => count > 0);
  const text = (form: string, importance: Importance): Piece => ({ forms: [form], importance });
  const failed = failure && ["\n### The preview failed\n\n", `${fenced(failure.split("\n"), "text")}\n`].join("");
  return [
    text(`\n## ${safe(stack)}\n`, Importance.Head),
    ...(failed ? [{ forms: [failed, "\nThe preview failed.\n"], importance: Importance.Failure }] : []),
    ...(dangers.length ? [text("\n### Dangerous changes\n", Importance.Danger), ...dangerPieces(dangers)] : []),
    ...(policies.length ? [text("\n### Policies\n\n", Importance.Violation), ...policyPieces(policies)] : []),
    ...(seen ? [text(totals(report.totals.before, report.totals.after), Importance.Totals)] : []),
    ...(changes.length ? [text("\n### Changes\n\n", Importance.DangerousChange), ...changes.map(changePiece)] : []),
  ];
}

/** The report in at most `limit` characters. */
export function markdown(report: Report, limit = LIMIT): string {
  const notice = (shortened: number, left: number) =>
    `\n_Too long for a comment: ${shortened} parts are shortened and ${left} left out; the JSON has them all._\n`;
  return cut(
    [{ forms: [head(report)], importance: Importance.Head }, ...report.stacks.flatMap(stackPieces)],
    limit,
    notice,
  );
}
