import { z } from "zod";
import type { Condition } from "./catalogue/items";
import { equals, searchItems } from "./catalogue/items";
import { around, type KnownFlight, knownFlights, summary } from "./catalogue/known";
import { AREA_FORMS, parseArea } from "./forms/area";
import { type Box, type Geometry, polygonOf } from "./forms/box";
import { TIME_FORMS } from "./forms/moment";
import { meant } from "./forms/names";
import { intervalOf, parsePeriod } from "./forms/period";
import type { Lake } from "./lake";
import { Problem, quoted } from "./problem";

const name = z.string().trim().min(1).max(255);

/** What narrows a search down; every part may be left out. */
export const scopeShape = {
  project: name.optional().describe("Project (area of the water board); case, accents and dashes do not matter"),
  flight: name.optional().describe("Flight; written as freely as the project"),
  area: z
    .union([z.string().trim().min(1).max(100_000), z.looseObject({ type: z.string() })])
    .optional()
    .describe(`Where: ${AREA_FORMS}`),
  time: z.string().trim().min(1).max(200).optional().describe(`When, in Dutch time: ${TIME_FORMS}`),
};

export type ScopeInput = z.output<z.ZodObject<typeof scopeShape>>;

/** The same as the catalogue takes it. */
export interface Scope {
  readonly project?: string;
  readonly flight?: string;
  readonly intersects?: Geometry;
  readonly datetime?: string;
}

/** Reads what a person typed. Throws Problem for a name, an area or a time that means nothing. */
export async function resolveScope(lake: Lake, input: ScopeInput): Promise<Scope> {
  const period = input.time === undefined ? undefined : parsePeriod(input.time, lake.now());
  const area = input.area === undefined ? undefined : parseArea(input.area);
  return {
    ...(await resolveNames(lake, input)),
    ...(period ? { datetime: intervalOf(period) } : {}),
    ...(area ? { intersects: "place" in area ? await placeOf(lake, area.place) : area.geometry } : {}),
  };
}

/** The names as the catalogue has them. */
export async function resolveNames(
  lake: Lake,
  { project, flight }: Pick<ScopeInput, "project" | "flight">,
): Promise<Pick<Scope, "project" | "flight">> {
  if (project === undefined && flight === undefined) return {};
  const exact = {
    collections: ["drone-raw"] as const,
    conditions: named({ project, flight }),
    limit: 1,
    fields: ["id"],
  };
  if ((await searchItems(lake.catalogue, exact)).items.length > 0) return { project, flight };
  const flights = await knownFlights(lake.catalogue);
  const inProject = project === undefined ? flights : ofName(flights, "project", project);
  const found = flight === undefined ? inProject : ofName(inProject, "flight", flight);
  return {
    ...(project === undefined ? {} : { project: found[0]!.project }),
    ...(flight === undefined ? {} : { flight: found[0]!.flight }),
  };
}

/** Those of the flights whose project or flight has the name; more than one form of it is refused. */
function ofName(flights: readonly KnownFlight[], part: "project" | "flight", written: string): KnownFlight[] {
  const names = meant(
    written,
    flights.map((flight) => flight[part]),
  );
  if (names.length === 1) return flights.filter((flight) => flight[part] === names[0]);
  if (names.length > 1) {
    throw new Problem(`${quoted(written)} can be several ${part}s`, "write one of the names in exists exactly", {
      [`${part}s`]: names,
    });
  }
  throw new Problem(`there is no ${part} ${quoted(written)}`, "choose from what exists", summary(flights));
}

/** A project's or flight's name as the area that its flights cover. */
async function placeOf(lake: Lake, place: string): Promise<Geometry> {
  const flights = await knownFlights(lake.catalogue);
  for (const part of ["project", "flight"] as const) {
    const names = meant(
      place,
      flights.map((flight) => flight[part]),
    );
    const boxes = flights.flatMap((flight) => (names.includes(flight[part]) && flight.box ? [flight.box] : []));
    if (boxes.length > 0) return polygonOf(grown(around(boxes)));
  }
  throw new Problem(
    `no project or flight is called ${quoted(place)}`,
    `give the area as ${AREA_FORMS}`,
    summary(flights),
  );
}

/** A box a metre wider on every side: that of a single photo has no inside. */
function grown([west, south, east, north]: Box): Box {
  const margin = 0.00001;
  return [west - margin, south - margin, east + margin, north + margin];
}

/** Conditions on items that are of a project and flight. */
export function named({ project, flight }: Pick<Scope, "project" | "flight">): Condition[] {
  return [
    ...(project === undefined ? [] : [equals("lake:project", project)]),
    ...(flight === undefined ? [] : [equals("lake:flight", flight)]),
  ];
}
