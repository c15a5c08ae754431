import { z } from "zod";
import { answer } from "../answer";
import { knownClasses } from "../catalogue/classes";
import { searchFindings } from "../catalogue/findings";
import { type CollectionName, equals, type Item, searchItems } from "../catalogue/items";
import { spanOf } from "../catalogue/known";
import type { Lake } from "../lake";
import { Problem } from "../problem";
import { named, resolveNames, scopeShape } from "../scope";
import { objectShape } from "./shapes";
import { inputOf, tool } from "./tool";

const MOST_VERSIONS = 100;

const made = z.object({ item_id: z.string(), created: z.string().optional() });

export const getFlight = tool({
  name: "get_flight",
  title: "Get a flight",
  description:
    "Tells one flight: when and where it was flown, its photos, cameras and dataset version, the orthophotos and detection results made of it, and how many findings there are of each class.",
  input: inputOf({
    project: scopeShape.project,
    flight: scopeShape.flight
      .unwrap()
      .describe("Flight; needs the project too where several projects have one of that name"),
  }),
  output: z.object({
    project: z.string(),
    flight: z.string(),
    item_id: z.string(),
    version_id: z.string().describe("VersionID of the flight's manifest: the version of the dataset"),
    from: z.string(),
    to: z.string(),
    time_source: z.string().optional().describe("exif, exif-local (a camera's clock without a zone) or upload"),
    photos: z.number(),
    cameras: z.array(z.string()),
    uploaded_by: z.string().optional(),
    bbox: z.array(z.number()).optional().describe("West, south, east, north in degrees"),
    manifest: z.object(objectShape),
    earlier_versions: z.array(made),
    orthophotos: z.array(made.extend({ ...objectShape, gsd_m: z.number().optional(), crs: z.string().optional() })),
    results: z.array(made.extend({ findings: z.number(), lineage: z.string().optional() })),
    findings_by_class: z.record(z.string(), z.number()),
  }),
  async run(lake, input) {
    const names = await resolveNames(lake, input);
    const flights = await itemsOf(lake, "drone-raw", names);
    const [latest, ...earlier] = flights;
    if (!latest) throw new Problem("the flight was there a moment ago and is gone", "ask again");
    const projects = [...new Set(flights.map(({ properties }) => String(properties["lake:project"])))];
    if (projects.length > 1) {
      throw new Problem("several projects have a flight of that name", "name the project too", { projects });
    }
    const exact = { project: projects[0]!, flight: String(latest.properties["lake:flight"]) };
    const [orthophotos, results, counts] = await Promise.all([
      itemsOf(lake, "drone-ortho", exact),
      itemsOf(lake, "ai-results", exact),
      countByClass(lake, exact),
    ]);
    const { properties, bbox, assets } = latest;
    return answer({
      ...exact,
      item_id: latest.id,
      version_id: String(properties.version),
      ...spanOf(properties),
      time_source: properties["lake:time_source"],
      photos: Number(properties["lake:photos"] ?? 0),
      cameras: properties.instruments ?? [],
      uploaded_by: properties["lake:uploaded_by"],
      bbox,
      manifest: { href: assets?.manifest?.href ?? "", version_id: assets?.manifest?.version },
      earlier_versions: earlier.map(madeOf),
      orthophotos: orthophotos.map((item) => ({
        ...madeOf(item),
        href: item.assets?.orthophoto?.href ?? "",
        version_id: item.assets?.orthophoto?.version,
        gsd_m: item.properties.gsd,
        crs: item.properties["proj:code"],
      })),
      results: results.map((item) => ({
        ...madeOf(item),
        findings: Number(item.properties["lake:findings"] ?? 0),
        lineage: item.properties["processing:lineage"],
      })),
      findings_by_class: counts,
    });
  },
});

/** A flight's items of a collection, the newest first. */
async function itemsOf(
  lake: Lake,
  collection: CollectionName,
  names: { project?: string; flight?: string },
): Promise<Item[]> {
  const search = { collections: [collection], conditions: named(names), limit: MOST_VERSIONS };
  const { items } = await searchItems(lake.catalogue, search);
  const created = ({ properties }: Item) => String(properties.created ?? "");
  return [...items].sort((a, b) => (created(a) < created(b) ? 1 : -1));
}

function madeOf({ id, properties }: Item): { item_id: string; created?: string } {
  return { item_id: id, ...(properties.created ? { created: String(properties.created) } : {}) };
}

async function countByClass(lake: Lake, names: { project: string; flight: string }): Promise<Record<string, number>> {
  const conditions = [equals("project", names.project), equals("flight", names.flight)];
  const count = async (name: string): Promise<[string, number]> => {
    const search = { conditions: [...conditions, equals("class", name)], limit: 1 };
    return [name, (await searchFindings(lake.catalogue, search)).matched];
  };
  return Object.fromEntries(await Promise.all((await knownClasses(lake.catalogue)).map(count)));
}
