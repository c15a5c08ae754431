import { expect } from "vitest";
import type { Case } from "./case";

const tool = "search_findings";
const [TRAP, DAMAGE] = ["Muskusrat klem", "Beschadiging oever"];
const scores = (asks: string, args: Case["args"], expected: readonly number[]): Case => ({
  tool,
  asks,
  args,
  finds: ({ findings, matched }) => {
    expect(findings.map(({ score }: { score: number }) => score)).toEqual(expected);
    expect(matched).toBe(expected.length);
  },
});

export const findingCases: readonly Case[] = [
  scores("all, the surest first", {}, [0.91, 0.72, 0.55]),
  scores("a class by its name", { class: TRAP }, [0.91, 0.55]),
  scores("a class in lower case", { class: "beschadiging OEVER" }, [0.72]),
  scores("traps in English", { class: "muskrat traps" }, [0.91, 0.55]),
  scores("bank damage in English", { class: "bank damage" }, [0.72]),
  scores("bank damage in other Dutch words", { class: "oeverschade" }, [0.72]),
  scores("the sure ones", { min_score: 0.6 }, [0.91, 0.72]),
  scores("of a project in another form", { project: "Sample Dike", class: "klem" }, [0.91, 0.55]),
  scores("within ten metres of one of them", { area: "10 m around 5.1002,52.1005" }, [0.91]),
  scores("in a box around two of them", { area: "5.1001,52.1004,5.1005,52.1006" }, [0.91, 0.55]),
  scores("of this year", { time: "this year" }, [0.91, 0.72, 0.55]),
  scores("of a model by its name", { model: "muskrat-bank" }, [0.91, 0.72, 0.55]),
  scores("of a model by its version", ({ model }) => ({ model: model.version, min_score: 0.9 }), [0.91]),
  {
    tool,
    asks: "where each is, and what it was made of",
    args: { limit: 1 },
    finds: ({ findings: [first], matched, next_cursor }, { dike, orthophoto, model }) => {
      expect(matched).toBe(3);
      expect(next_cursor).toBeTruthy();
      expect(first).toMatchObject({
        class: TRAP,
        longitude: 5.1002,
        latitude: 52.1005,
        project: dike.project,
        flight: dike.flight,
        gsd_m: 0.1,
        orthophoto: { href: `s3://drone-ortho/${orthophoto.key}`, version_id: orthophoto.version },
        model: { name: model.name, version_id: model.version },
      });
      expect(first.picture.href).toMatch(/^s3:\/\/ai-results\/sample-dike\/2026-05-01\/pictures\//);
    },
  },
  {
    tool,
    asks: "surer ones than there are, and is told what exists",
    args: { min_score: 0.99 },
    finds: (found) => {
      expect(found).toMatchObject({ findings: [], matched: 0, nothing_found: "no finding fits all of the conditions" });
      expect(found.exists).toMatchObject({ findings: 3, best_score: 0.91, classes: [DAMAGE, TRAP] });
    },
  },
  {
    tool,
    asks: "where none is, and is told what exists",
    args: { project: "Lekdijk Oost" },
    finds: ({ findings, exists }) => {
      expect(findings).toEqual([]);
      expect(exists.projects).toContain("sample-dike");
    },
  },
  {
    tool,
    asks: "a class that no model finds",
    args: { class: "beaver" },
    refused: {
      error: /no model finds "beaver"/,
      change: /exists\.classes/,
      exists: { classes: [{ name: DAMAGE }, { name: TRAP }] },
    },
  },
  { tool, asks: "a score beyond one", args: { min_score: 60 }, refused: { error: /min_score/ } },
  {
    tool,
    asks: "a cursor of another search",
    args: { cursor: "eyJxIjoieCIsImF0Ijp7Im9mZnNldCI6MX19" },
    refused: { error: /of another search/ },
  },
];
