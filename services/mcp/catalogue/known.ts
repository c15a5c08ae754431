import type { Box } from "../forms/box";
import type { JsonClient } from "./http";
import { type Item, searchItems } from "./items";

/** A flight that the catalogue knows, as far as names and places go. */
export interface KnownFlight {
  readonly project: string;
  readonly flight: string;
  readonly from: string;
  readonly to: string;
  readonly box?: Box;
}

const PAGE = 500;
/** Beyond so many flights a name must be written exactly. */
const MOST = 10_000;
const SHOWN = 20;

/** Every flight in the catalogue, the latest first. */
export async function knownFlights(client: JsonClient): Promise<KnownFlight[]> {
  const found: KnownFlight[] = [];
  const names = ["lake:project", "lake:flight", "datetime", "start_datetime", "end_datetime"];
  const fields = ["id", "bbox", "collection", ...names.map((name) => `properties.${name}`)];
  let token: string | undefined;
  do {
    const page = await searchItems(client, { collections: ["drone-raw"], limit: PAGE, token, fields });
    found.push(...page.items.map(known));
    token = page.next;
  } while (token && found.length < MOST);
  return found;
}

function known({ properties, bbox }: Item): KnownFlight {
  const { from, to } = spanOf(properties);
  return {
    project: String(properties["lake:project"]),
    flight: String(properties["lake:flight"]),
    from,
    to,
    ...(bbox?.length === 4 ? { box: bbox as unknown as Box } : {}),
  };
}

/** First and last moment of an item. */
export function spanOf(properties: Item["properties"]): { from: string; to: string } {
  const at = properties.datetime;
  return { from: String(properties.start_datetime ?? at), to: String(properties.end_datetime ?? at) };
}

/** What there is, for an answer that found nothing: the latest flights, and where and when there are any at all. */
export function summary(flights: readonly KnownFlight[]): Record<string, unknown> {
  const boxes = flights.flatMap(({ box }) => (box ? [box] : []));
  return {
    projects: [...new Set(flights.map(({ project }) => project))].slice(0, SHOWN),
    flights: flights.slice(0, SHOWN).map(({ project, flight, from, to }) => ({ project, flight, from, to })),
    ...(flights.length > SHOWN ? { flights_in_all: flights.length } : {}),
    ...(boxes.length > 0 ? { area: around(boxes) } : {}),
    ...(flights.length > 0
      ? {
          from: flights.map(({ from }) => from).sort()[0],
          to: flights
            .map(({ to }) => to)
            .sort()
            .at(-1),
        }
      : {}),
  };
}

/** The box around boxes. */
export function around(boxes: readonly Box[]): Box {
  const sides = (at: 0 | 1 | 2 | 3) => boxes.map((box) => box[at]);
  return [Math.min(...sides(0)), Math.min(...sides(1)), Math.max(...sides(2)), Math.max(...sides(3))];
}
