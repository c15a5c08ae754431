import { z } from "zod";
import { answer } from "../answer";
import { lineageOf } from "../catalogue/lineage";
import { parseSubject } from "../forms/subject";
import { uriOf } from "../objects";
import { inputOf, tool } from "./tool";

export const subjectShape = {
  of: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .describe("Number of a finding, id of an item (item_id), or s3:// address of a file (href)"),
  version_id: z.string().trim().min(1).max(200).optional().describe("Version of the file; the latest without it"),
};

export const getLineage = tool({
  name: "get_lineage",
  title: "Get lineage",
  description:
    "Tells what a finding, model, orthophoto, flight or photo was made of, each by its exact version, with the code that made it; and what was made of it.",
  input: inputOf(subjectShape),
  output: z.object({ lineage: z.record(z.string(), z.unknown()) }),
  async run(lake, { of, version_id }) {
    const subject = parseSubject(of, version_id);
    if (subject.kind !== "object") return answer({ lineage: await lineageOf(lake.catalogue, subject.id) });
    const { address } = subject;
    return answer({ lineage: await lineageOf(lake.catalogue, uriOf(address), address.versionId) });
  },
});
