import { z } from "zod";
import { Problem } from "../problem";
import type { Geometry } from "./box";

const position = z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]).rest(z.number());
const ring = z
  .array(position)
  .min(4)
  .max(2_000)
  .refine((points) => JSON.stringify(points[0]) === JSON.stringify(points.at(-1)), {
    error: "a ring must end where it begins",
  });

const geometry = z.discriminatedUnion("type", [
  z.object({ type: z.literal("Polygon"), coordinates: z.array(ring).min(1).max(100) }),
  z.object({ type: z.literal("MultiPolygon"), coordinates: z.array(z.array(ring).min(1)).min(1).max(100) }),
]);

/** The polygon or polygons of a GeoJSON geometry, feature, or collection of one feature. Throws Problem. */
export function checkGeometry(input: Record<string, unknown>): Geometry {
  const { type, geometry: inner, features } = input;
  if (type === "Feature") return checkGeometry(objectOf(inner));
  if (type === "FeatureCollection" && Array.isArray(features) && features.length === 1) {
    return checkGeometry(objectOf(features[0]));
  }
  const result = geometry.safeParse(input);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new Problem(
    `the area is not a polygon in GeoJSON: at ${path.join(".") || "its start"}: ${message}`,
    "give one Polygon or MultiPolygon in degrees (longitude first, EPSG:4326), or a Feature of one",
  );
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
