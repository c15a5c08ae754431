import type { Finding } from "./check";
import type { Result } from "./run";

const MARKS = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;

/** The list that a person reads: a line for each finding, and what mends it below. */
export function report(results: readonly Result[]): string[] {
  const lines = results.flatMap(({ title, findings }) =>
    findings.flatMap(({ level, what, mend }) => [
      `  ${MARKS[level]}  ${title}: ${what}`,
      ...(mend ? [`        mend: ${mend}`] : []),
    ]),
  );
  return [...lines, "", summary(results.flatMap(({ findings }) => findings))];
}

/** Whether the environment would fail. */
export function failed(results: readonly Result[]): boolean {
  return results.some(({ findings }) => findings.some(({ level }) => level === "fail"));
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding["level"], word: string) => {
    const found = findings.filter((finding) => finding.level === level).length;
    return found > 0 ? [`${found} ${word}${found === 1 ? "" : "s"}`] : [];
  };
  const counted = [...count("fail", "failure"), ...count("warn", "warning")];
  if (counted.length === 0) return "nothing is missing.";
  return `${counted.join(", ")}; nothing was changed.`;
}
