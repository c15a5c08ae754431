import { z } from "zod";
import { answer } from "../answer";
import { knownClasses } from "../catalogue/classes";
import { type Finding, searchFindings } from "../catalogue/findings";
import { type Condition, equals } from "../catalogue/items";
import { knownFlights, summary } from "../catalogue/known";
import { readCursor, writeCursor } from "../forms/cursor";
import { parseClass } from "../forms/finding-class";
import type { Lake } from "../lake";
import { resolveScope, type Scope, scopeShape } from "../scope";
import { nothing, objectShape, paging } from "./shapes";
import { inputOf, tool } from "./tool";

const position = z.strictObject({ offset: z.int().min(1) });

const finding = z.object({
  id: z.number().describe("For get_lineage and get_preview"),
  class: z.string(),
  score: z.number().describe("0 to 1: how sure the model is"),
  longitude: z.number(),
  latitude: z.number(),
  project: z.string(),
  flight: z.string(),
  found_at: z.string(),
  gsd_m: z.number().describe("Metres a pixel of the orthophoto"),
  orthophoto: z.object(objectShape),
  model: z.object({ name: z.string(), version_id: z.string() }),
  picture: z.object(objectShape).optional(),
});

export const searchFindingsTool = tool({
  name: "search_findings",
  title: "Search findings",
  description:
    "Searches what the models found on orthophotos, such as muskrat traps (Muskusrat klem) and bank damage (Beschadiging oever), the surest first. Time is when it was found; a flight that was processed twice has the findings of both.",
  input: inputOf({
    ...scopeShape,
    class: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .describe("Class, in Dutch or English, such as Muskusrat klem or bank damage"),
    min_score: z.number().min(0).max(1).optional().describe("Least score, 0 to 1"),
    model: z.string().trim().min(1).max(255).optional().describe("Name or VersionID of the model"),
    ...paging,
  }),
  output: z.object({
    findings: z.array(finding),
    matched: z.number().describe("How many there are in all"),
    next_cursor: z.string().optional(),
    ...nothing,
  }),
  async run(lake, { limit, cursor, ...input }) {
    const offset = cursor === undefined ? 0 : readCursor(cursor, input, position).offset;
    const { class: written, min_score, model } = input;
    const scope = await resolveScope(lake, input);
    const name = written === undefined ? undefined : parseClass(written, await knownClasses(lake.catalogue));
    const conditions = conditionsOf(scope, { name, min_score, model });
    const { datetime } = scope;
    const page = await searchFindings(lake.catalogue, { conditions, datetime, limit, offset });
    if (page.matched === 0) {
      return answer({
        findings: [],
        matched: 0,
        nothing_found: "no finding fits all of the conditions",
        exists: await whatExists(lake),
      });
    }
    const next = offset + page.findings.length;
    return answer({
      findings: page.findings.map(told),
      matched: page.matched,
      ...(next < page.matched && page.findings.length > 0 ? { next_cursor: writeCursor(input, { offset: next }) } : {}),
    });
  },
});

function conditionsOf(
  { project, flight, intersects }: Scope,
  { name, min_score, model }: { name?: string; min_score?: number; model?: string },
): Condition[] {
  const wanted = Object.entries({ project, flight, class: name }).filter(([, value]) => value !== undefined);
  return [
    ...wanted.map(([property, value]) => equals(property, value)),
    ...(min_score === undefined ? [] : [{ op: ">=", args: [{ property: "score" }, min_score] }]),
    ...(model === undefined ? [] : [{ op: "or", args: [equals("model_name", model), equals("model_version", model)] }]),
    ...(intersects ? [{ op: "s_intersects", args: [{ property: "position" }, intersects] }] : []),
  ];
}

async function whatExists(lake: Lake): Promise<Record<string, unknown>> {
  const { catalogue } = lake;
  const [classes, flights, all] = await Promise.all([
    knownClasses(catalogue),
    knownFlights(catalogue),
    searchFindings(catalogue, { limit: 1 }),
  ]);
  return { findings: all.matched, best_score: all.findings[0]?.properties.score, classes, ...summary(flights) };
}

function told({ id, geometry, properties }: Finding): z.output<typeof finding> {
  const { picture_key, picture_version } = properties;
  const [longitude, latitude] = geometry.coordinates;
  return {
    id,
    class: properties.class,
    score: properties.score,
    longitude,
    latitude,
    project: properties.project,
    flight: properties.flight,
    found_at: properties.found_at,
    gsd_m: properties.gsd_m,
    orthophoto: { href: `s3://drone-ortho/${properties.orthophoto_key}`, version_id: properties.orthophoto_version },
    model: { name: properties.model_name, version_id: properties.model_version },
    ...(picture_key
      ? { picture: { href: `s3://ai-results/${picture_key}`, version_id: picture_version ?? undefined } }
      : {}),
  };
}
