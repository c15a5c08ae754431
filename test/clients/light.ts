import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { StackOutputs } from "../../sandbox/pulumi";
import { ensureTool, versions } from "../../sandbox/toolchain";
import type { Client } from "./clients";
import { reporter } from "./context";
import { debianPrograms, GDAL } from "./debian";
import { pythonWith } from "./python";
import { pages, recipeOf, runRecipe } from "./recipe";
import { ORTHOPHOTO, type Truth, truthOf } from "./truth";

const python: Client = { install: async () => ({ path: [await pythonWith("light")] }) };
const gdal: Client = {
  install: async () => {
    const packages = [{ name: "gdal-bin", version: versions.debian.gdal }] as const;
    const programs = ["gdalinfo", "gdal_translate", "ogrinfo"].map((name) => [name, `usr/bin/${name}`]);
    return { path: [await debianPrograms({ packages, programs: Object.fromEntries(programs), env: GDAL })] };
  },
};
const mc: Client = { install: async () => ({ path: [dirname(await ensureTool("mc", reporter))] }) };

/** The clients that are light to get, each by the recipe of its page; and what it prints against what the lake holds. */
export function theLightClients(outputsNow: () => Promise<StackOutputs>): void {
  let outputs: StackOutputs;
  let truth: Truth;
  beforeAll(async () => {
    outputs = await outputsNow();
    truth = await truthOf(outputs);
  });

  it("have a page each with one recipe, listed in docs/clients.md", () => {
    const listed = readFileSync(`${pages}.md`, "utf8");
    for (const file of readdirSync(pages)) {
      expect(listed, file).toContain(`(clients/${file})`);
      if (file !== "geoserver.md") expect(recipeOf(file.replace(/\.md$/, "")).code).not.toBe("");
    }
  });

  it("GDAL", () =>
    runRecipe("gdal", gdal, outputs, ({ stdout, folder }) => {
      const [width, height] = truth.report.size_px;
      expect(stdout).toContain(`Size is ${width}, ${height}`);
      expect(stdout).toContain(`ID["EPSG",${truth.report.crs.split(":")[1]}]`);
      expect(stdout).toContain("LAYOUT=COG");
      // Signature, header, and there the size of a PNG.
      const picture = readFileSync(join(folder, "window.png"));
      expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([512, 512]);
      expect(stdout.match(/^OGRFeature/gm)).toHaveLength(truth.findings["Muskusrat klem"]!);
    }));

  it("rasterio", () =>
    runRecipe("rasterio", python, outputs, ({ stdout }) => {
      const { size_px, gsd_m, crs } = truth.report;
      expect(stdout).toContain(`${size_px[0]} x ${size_px[1]} px of ${gsd_m.toFixed(4)} m in ${crs}`);
      const side = Math.round(10 / gsd_m);
      const [, rows, columns, mean] = /shape \(3, (\d+), (\d+)\), mean ([\d.]+)/.exec(stdout)!.map(Number);
      for (const seen of [rows!, columns!]) expect(Math.abs(seen - side)).toBeLessThanOrEqual(1);
      // Ground, and not the void around it.
      expect(mean).toBeGreaterThan(20);
    }));

  it("boto3", () =>
    runRecipe("boto3", python, outputs, ({ stdout }) => {
      const size = truth.manifest.photos.reduce((sum, photo) => sum + photo.size, 0);
      expect(stdout).toBe(
        `dataset version ${truth.manifestVersion}: ${truth.manifest.photos.length} photos\n` +
          `${size} bytes, every checksum as the manifest says\n`,
      );
    }));

  it("mc", () =>
    runRecipe("mc", mc, outputs, ({ stdout, folder }) => {
      expect(stdout).toMatch(new RegExp(`${truth.orthophotoVersion} v\\d+ PUT ${ORTHOPHOTO.split("/").at(-1)}`));
      expect(stdout).toContain(truth.manifestVersion);
      const pictures = readdirSync(join(folder, "pictures"), { recursive: true, encoding: "utf8" });
      const total = Object.values(truth.findings).reduce((sum, count) => sum + count, 0);
      expect(pictures.filter((name) => name.endsWith(".jpg"))).toHaveLength(total);
      const kept = readFileSync(join(folder, ".mc", "config.json"), "utf8");
      expect(kept).not.toContain(outputs.credentials.stagiair!.secretKey);
    }));

  it("DuckDB spatial", () =>
    runRecipe("duckdb", python, outputs, ({ stdout }) => {
      const rows = [...stdout.matchAll(/│ (\S[^│]*?) +│ +(\d+) │ +([\d.]+) │ +([\d.]+) │ +([\d.]+) │/g)];
      expect(Object.fromEntries(rows.map(([, name, count]) => [name, Number(count)]))).toEqual(truth.findings);
      const [west, , east] = truth.report.bounds;
      for (const row of rows) {
        expect(Number(row[4])).toBeGreaterThanOrEqual(west);
        expect(Number(row[5])).toBeLessThanOrEqual(east);
      }
    }));

  it("pystac-client", () =>
    runRecipe("pystac-client", python, outputs, ({ stdout }) => {
      for (const bucket of outputs.buckets) expect(stdout).toContain(`collection ${bucket}: `);
      expect(stdout).toContain(`: s3://drone-ortho/${ORTHOPHOTO}`);
      const total = Object.values(truth.findings).reduce((sum, count) => sum + count, 0);
      expect(stdout).toMatch(new RegExp(`^traps: .*${total} findings`, "m"));
    }));
}
