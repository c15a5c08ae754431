import type { Geometry } from "./box";

const CORNERS = 32;
/** Mean radius of the earth, m (IUGG). */
const EARTH_M = 6_371_008.8;

/** A circle of `metres` around a longitude and latitude, as a polygon of 32 corners on it. */
export function circle([lon, lat]: readonly [number, number], metres: number): Geometry {
  const degrees = (metres / EARTH_M) * (180 / Math.PI);
  const corner = (at: number) => {
    const angle = (2 * Math.PI * at) / CORNERS;
    const east = (degrees * Math.cos(angle)) / Math.cos((lat * Math.PI) / 180);
    return [lon + east, lat + degrees * Math.sin(angle)];
  };
  const ring = Array.from({ length: CORNERS }, (_, at) => corner(at));
  return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
}
