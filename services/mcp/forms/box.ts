/** West, south, east, north in degrees (EPSG:4326, longitude first). */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** A GeoJSON geometry in EPSG:4326. */
export interface Geometry {
  readonly type: string;
  readonly coordinates: unknown;
}

/** The box as a polygon. */
export function polygonOf([west, south, east, north]: Box): Geometry {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: "Polygon", coordinates: [ring] };
}
