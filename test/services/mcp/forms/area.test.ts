import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArea } from "../../../../services/mcp/forms/area";
import { fromRd } from "../../../../services/mcp/forms/rd";

const ring = (area: ReturnType<typeof parseArea>): [number, number][] => {
  if ("place" in area) throw new Error(`${area.place} is a place`);
  return (area.geometry.coordinates as [number, number][][])[0]!;
};
const box = fc
  .tuple(fc.integer({ min: -1790, max: 1780 }), fc.integer({ min: -890, max: 880 }), fc.integer({ min: 1, max: 9 }))
  // Latitude and longitude of the Netherlands the other way round are refused.
  .filter(([west, south]) => !(west >= 490 && west <= 540 && south >= 20 && south <= 80))
  .map(([west, south, size]) => [west / 10, south / 10, (west + size) / 10, (south + size) / 10] as const);

describe("an area", () => {
  it("is the same box in every way of writing four numbers", () => {
    fc.assert(
      fc.property(box, (sides) => {
        const written = [sides.join(","), sides.join(", "), sides.join(" "), sides.join(";"), `[${sides.join(",")}]`];
        const [first, ...others] = written.map((text) => JSON.stringify(parseArea(text)));
        expect(new Set(others)).toEqual(new Set([first]));
        expect(ring(parseArea(written[0]!))[0]).toEqual([sides[0], sides[1]]);
      }),
    );
  });

  it("in RD New is where the official transformation (PROJ, EPSG:28992 to EPSG:4326) says, within half a metre", () => {
    const official: [number, number, number, number][] = [
      [136000, 455360, 5.109992224840345, 52.086178447279124],
      [155000, 463000, 5.3872035084137675, 52.15517230119224],
      [13000, 370000, 3.3508692659561357, 51.30144316739797],
      [278000, 590000, 7.231459198746599, 53.2823335438966],
      [200000, 320000, 6.0264162974818, 50.86804410853237],
      [110000, 560000, 4.716521337765544, 53.025040877350506],
    ];
    for (const [x, y, lon, lat] of official) {
      const [east, north] = fromRd(x, y);
      const metres = Math.hypot((east - lon) * 111_320 * Math.cos((lat * Math.PI) / 180), (north - lat) * 111_320);
      expect(metres, `${x},${y}`).toBeLessThan(0.5);
    }
  });

  it("around a point has every corner at the radius", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 30, max: 70 }), (metres, tenths) => {
        const [lon, lat] = [tenths / 10, 52];
        for (const [east, north] of ring(parseArea(`${metres} m around ${lon},${lat}`))) {
          const away =
            Math.hypot((east - lon) * Math.cos((lat * Math.PI) / 180), north - lat) * (Math.PI / 180) * 6_371_008.8;
          expect(away).toBeCloseTo(metres, 3);
        }
      }),
    );
  });

  it("of words, or of a date, is a place by that name", () => {
    for (const place of ["sample-dike", "Lekdijk Oost", "2026-05-01", "vlucht 1"])
      expect(parseArea(place)).toEqual({ place });
  });

  it("is never anything but an area, a place or a refusal that says what to write", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        try {
          expect(Object.keys(parseArea(text))).toHaveLength(1);
        } catch (error) {
          expect(error).toMatchObject({ name: "Problem", change: expect.stringMatching(/./) });
        }
      }),
    );
  });
});
