import { mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { exec } from "../../sandbox/process";
import { ensureVenv } from "../../sandbox/toolchain";
import { type StitchReport, textOf } from "./chain";
import { INSTANCE, npm, reporter, s3As, sharedFolder } from "./context";

/** Eighteen photos of a beach, with what is known of them. */
export function theRealFlight(): void {
  const folder = sharedFolder("flights", "brighton-beach");

  it.runIf(folder)("is stitched whole, at 5 cm or finer, true to its GPS track", async () => {
    await npm("sandbox", [
      "--instance",
      INSTANCE,
      "--flight",
      folder!,
      "--project",
      "sussex",
      "--flight-name",
      "brighton-beach",
    ]);
    const report = JSON.parse(
      await textOf(await s3As("stagiair"), "drone-ortho", "sussex/brighton-beach/report.json"),
    ) as StitchReport;
    expect(report.photos).toMatchObject({ given: 18, registered: 18 });
    expect(report.gsd_m).toBeLessThanOrEqual(0.05);
    expect(report.alignment.rms_m.total).toBeLessThanOrEqual(0.6);
    const manifest = JSON.parse(
      await textOf(await s3As("stagiair"), "drone-raw", "projects/sussex/brighton-beach/flight.json"),
    ) as { photos: { position: { lon: number; lat: number } }[] };
    const ring = report.footprint.coordinates[0]!;
    for (const at of [0, 1] as const) {
      const outline = ring.map((point) => point[at]!);
      const track = manifest.photos.map(({ position }) => (at === 0 ? position.lon : position.lat));
      expect(Math.min(...outline)).toBeLessThan(Math.min(...track));
      expect(Math.max(...outline)).toBeGreaterThan(Math.max(...track));
    }
    // Brighton Beach in Minnesota lies outside the Netherlands, in UTM zone 15 north.
    expect(report.crs).toBe("EPSG:32615");
  });

  it.runIf(folder)("is a valid Cloud Optimized GeoTIFF", async () => {
    const s3 = await s3As("stagiair");
    const Key = "sussex/brighton-beach/sussex-merged.geotiff";
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "drone-ortho", Key }));
    const file = join(mkdtempSync(join(tmpdir(), "ortho-")), "ortho.tif");
    await writeFile(file, await Body!.transformToByteArray());
    const venv = await ensureVenv(reporter, ["stitch", "detect", "catalog", "serve", "sample", "dev"]);
    const { stdout } = await exec(join(venv, "bin", "rio"), ["cogeo", "validate", "--strict", file]);
    expect(stdout).toContain("is a valid cloud optimized GeoTIFF");
  });
}
