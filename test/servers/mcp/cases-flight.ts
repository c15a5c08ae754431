import { expect } from "vitest";
import type { Case } from "./case";

const tool = "get_flight";

export const flightCases: readonly Case[] = [
  {
    tool,
    asks: "a flight and all that was made of it",
    args: { flight: "2026-05-01", project: "sample-dike" },
    finds: (found, { dike, orthophoto }) => {
      expect(found).toMatchObject({
        project: "sample-dike",
        flight: "2026-05-01",
        version_id: dike.version,
        from: "2026-05-01T10:00:00Z",
        time_source: "exif",
        photos: 3,
        cameras: ["DJI FC300S"],
        uploaded_by: "drone-operator",
        manifest: { href: "s3://drone-raw/projects/sample-dike/2026-05-01/flight.json", version_id: dike.version },
        earlier_versions: [],
        orthophotos: [{ version_id: orthophoto.version, gsd_m: 0.1, crs: "EPSG:28992" }],
        results: [{ findings: 3 }],
        findings_by_class: { "Beschadiging oever": 1, "Muskusrat klem": 2 },
      });
    },
  },
  {
    tool,
    asks: "a flight that nothing was made of yet",
    args: { flight: "VLUCHT_1" },
    finds: (found) =>
      expect(found).toMatchObject({
        photos: 7,
        orthophotos: [],
        results: [],
        findings_by_class: { "Muskusrat klem": 0 },
      }),
  },
  {
    tool,
    asks: "a flight that there is not",
    args: { flight: "vlucht 2" },
    refused: {
      error: /no flight "vlucht 2"/,
      exists: { flights: [{ flight: "vlucht 1" }, { flight: "2026-05-01" }, {}] },
    },
  },
  { tool, asks: "no flight at all", args: {}, refused: { error: /flight/ } },
];
