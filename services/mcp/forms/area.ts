import { Problem, quoted } from "../problem";
import { type Box, type Geometry, polygonOf } from "./box";
import { circle } from "./circle";
import { checkGeometry } from "./geojson";
import { numbersIn } from "./numbers";
import { fromRd, isRd } from "./rd";

/** Where: a geometry, or the name of a place that the catalogue must know. */
export type Area = { readonly geometry: Geometry } | { readonly place: string };

export const AREA_FORMS =
  'a box "west,south,east,north" in degrees ("5.10,52.10,5.12,52.11"), the same in EPSG:28992 ("136000,455300,136200,455500"), a circle ("500 m around 5.1,52.1"), GeoJSON, or the name of a project or flight';

/** Numbers and what may stand around them in an area; anything else is a name. */
const COORDINATES = /^[\s\d.,;:+()[\]°-]*$/;
const SYSTEM =
  /\b(?:epsg\s*:?\s*)?28992\b|\brd(?:\s*new)?\b|\bepsg\s*:?\s*4326\b|\bwgs\s*84\b|\blon\b|\blat\b|\bbbox\b/gi;
const ROUND =
  /\b(?:within|radius|around|round|near|binnen|rond(?:om)?|straal|bij|of|van|from|a|een|in|omkring|nabij)\b/gi;
const DISTANCE = /(\d+(?:[.,]\d+)?)\s*(km|kilometers?|kilometres?|m|meters?|metres?)\b/i;

/** Reads an area in one of the forms that people type. Throws Problem. */
export function parseArea(input: string | Record<string, unknown>): Area {
  if (typeof input !== "string") return { geometry: checkGeometry(input) };
  const text = input.trim();
  if (text.startsWith("{")) return { geometry: checkGeometry(parseJson(text)) };
  const distance = DISTANCE.exec(text);
  if (distance) return { geometry: aroundPoint(text, distance) };
  const bare = text.replace(SYSTEM, " ");
  if (!/\d/.test(bare) || !COORDINATES.test(bare)) return { place: text };
  const numbers = numbersIn(bare);
  if (numbers.length === 4) return { geometry: box(numbers as [number, number, number, number]) };
  // "2026-05-01" is how a flight may be called.
  if (numbers.length !== 2) return { place: text };
  throw new Problem(`area ${quoted(text)} is a point`, 'say how far around it, such as "500 m around 5.1,52.1"');
}

function box([a, b, c, d]: [number, number, number, number]): Geometry {
  if (isRd(a, b) && isRd(c, d)) {
    ordered([a, b, c, d]);
    const corners = [fromRd(a, b), fromRd(c, b), fromRd(c, d), fromRd(a, d)];
    return { type: "Polygon", coordinates: [[...corners, corners[0]]] };
  }
  checkDegrees(a, b);
  checkDegrees(c, d);
  return polygonOf(ordered([a, b, c, d]));
}

function ordered(sides: Box): Box {
  const [west, south, east, north] = sides;
  if (west < east && south < north) return sides;
  throw new Problem(
    `area ${quoted(sides.join(","))} has no inside`,
    "write west,south,east,north: the first number less than the third, the second less than the fourth",
  );
}

function aroundPoint(text: string, distance: RegExpExecArray): Geometry {
  const rest = text.replace(distance[0], " ").replace(SYSTEM, " ").replace(ROUND, " ");
  const numbers = COORDINATES.test(rest) ? numbersIn(rest) : [];
  if (numbers.length !== 2) {
    throw new Problem(`area ${quoted(text)} is not a circle`, 'write one as "500 m around 5.1,52.1" (longitude first)');
  }
  const metres = Number(distance[1]!.replace(",", ".")) * (/^k/i.test(distance[2]!) ? 1000 : 1);
  if (!(metres > 0 && metres <= 100_000)) {
    throw new Problem(`a radius of ${metres} m does not work`, "use more than 0 m and at most 100 km");
  }
  const [x, y] = numbers as [number, number];
  if (isRd(x, y)) return circle(fromRd(x, y), metres);
  checkDegrees(x, y);
  return circle([x, y], metres);
}

/** Longitude and latitude in degrees, longitude first. In and around the Netherlands the other order is recognised. */
function checkDegrees(lon: number, lat: number): void {
  if (lon >= 50 && lon <= 54 && lat >= 3 && lat <= 8) {
    throw new Problem(
      `${lon},${lat} is latitude and longitude`,
      `write longitude first: ${lat},${lon}; a box is west,south,east,north`,
    );
  }
  if (Math.abs(lon) <= 180 && Math.abs(lat) <= 90) return;
  throw new Problem(
    `${lon},${lat} is neither longitude and latitude in degrees nor a point in EPSG:28992`,
    `give the area as ${AREA_FORMS}`,
  );
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new Problem(`the area is not JSON (${(error as Error).message})`, `give the area as ${AREA_FORMS}`);
  }
}
