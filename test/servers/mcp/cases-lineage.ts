import { expect } from "vitest";
import type { Case } from "./case";

const tool = "get_lineage";
const kinds = (nodes: { kind: string }[]) => [...new Set(nodes.map(({ kind }) => kind))].sort();

export const lineageCases: readonly Case[] = [
  {
    tool,
    asks: "what a finding was made of",
    args: { of: "1" },
    finds: ({ lineage }, { orthophoto, model, dike }) => {
      expect(lineage.subject).toMatchObject({ kind: "finding" });
      const versions = lineage.made_of.map(({ version }: { version: string }) => version);
      expect(versions).toEqual(expect.arrayContaining([orthophoto.version, model.version, dike.version]));
      expect(kinds(lineage.made_of)).toEqual(expect.arrayContaining(["flight", "model", "orthophoto", "photo"]));
    },
  },
  {
    tool,
    asks: "what was made of a flight",
    args: ({ dike }) => ({ of: `sample-dike-2026-05-01-${dike.version}` }),
    finds: ({ lineage }, { orthophoto }) => {
      expect(lineage.subject).toMatchObject({ kind: "flight" });
      expect(lineage.made_into).toContainEqual(expect.objectContaining({ version: orthophoto.version }));
    },
  },
  {
    tool,
    asks: "of an orthophoto by address and version",
    args: ({ orthophoto }) => ({ of: `s3://drone-ortho/${orthophoto.key}`, version_id: orthophoto.version }),
    finds: ({ lineage }, { orthophoto }) =>
      expect(lineage.subject).toMatchObject({ kind: "orthophoto", version: orthophoto.version }),
  },
  {
    tool,
    asks: "of a finding that there is not",
    args: { of: "finding 999" },
    refused: { error: /no lineage of "999"/ },
  },
  {
    tool,
    asks: "of something in no bucket of the lake",
    args: { of: "s3://elsewhere/a" },
    refused: { error: /no bucket "elsewhere"/ },
  },
  { tool, asks: "of nothing", args: { of: "  " }, refused: { error: /of/ } },
];
