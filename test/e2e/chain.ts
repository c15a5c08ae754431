import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { sampleFlight } from "../../sandbox/flight";
import { exec } from "../../sandbox/process";
import { ensureVenv } from "../../sandbox/toolchain";
import { INSTANCE, kubectl, npm, reporter, s3As, secrets, sql } from "./context";

const FLIGHT = "sample-dike/sample-flight";
const PHOTOS = 24;

/** What the pipelines say of an orthophoto. */
export interface StitchReport {
  readonly photos: { readonly given: number; readonly registered: number };
  readonly crs: string;
  readonly gsd_m: number;
  /** In degrees, WGS 84. */
  readonly footprint: { readonly coordinates: readonly (readonly (readonly number[])[])[] };
  readonly alignment: { readonly rms_m: { readonly total: number } };
}

/** An object's text, as an identity that may read it. */
export async function textOf(s3: S3Client, Bucket: string, Key: string): Promise<string> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
}

/** What `npm run sandbox` promises of the sample flight. */
export function theChain(): void {
  let printed = "";
  let s3: S3Client;

  it("comes up and sends a flight through with one command", async () => {
    const { stdout, stderr } = await npm("sandbox", ["--instance", INSTANCE]);
    printed = stdout + stderr;
    expect(stdout).toContain("Where to look");
    s3 = await s3As("stagiair");
  });

  it("prints findings of both classes with their coordinates", () => {
    for (const name of ["Muskusrat klem", "Beschadiging oever"]) expect(printed).toContain(name);
    expect(printed).toMatch(/5\d\.\d{5,}, \d\.\d{5,}/);
  });

  it("prints no secret", async () => {
    const words = await secrets();
    expect(words.length).toBeGreaterThan(5);
    for (const word of words) expect(printed.includes(word)).toBe(false);
  });

  it("keeps every photo with its VersionID in the manifest", async () => {
    const manifest = JSON.parse(await textOf(s3, "drone-raw", `projects/${FLIGHT}/flight.json`)) as {
      photos: { key: string; version_id: string }[];
    };
    expect(manifest.photos).toHaveLength(PHOTOS);
    for (const { key, version_id } of manifest.photos) {
      const { VersionId } = await s3.send(
        new GetObjectCommand({ Bucket: "drone-raw", Key: key, VersionId: version_id }),
      );
      expect(VersionId).toBe(version_id);
    }
  });

  it("registers every photo", async () => {
    const report = JSON.parse(await textOf(s3, "drone-ortho", `${FLIGHT}/report.json`)) as StitchReport;
    expect(report.photos).toMatchObject({ given: PHOTOS, registered: PHOTOS });
    expect(report.crs).toBe("EPSG:28992");
  });

  it("finds what lies on the dike, where it lies", async () => {
    const report = JSON.parse(await textOf(s3, "drone-ortho", `${FLIGHT}/report.json`)) as StitchReport;
    const findings = join(tmpdir(), `findings-${process.pid}.geojson`);
    writeFileSync(findings, await textOf(s3, "ai-results", `${FLIGHT}/findings.geojson`));
    const venv = await ensureVenv(reporter);
    const photos = await reporter.step("sample flight", (step) => sampleFlight(venv, step));
    const truth = join(dirname(photos), "truth.geojson");
    const args = ["-m", "dronelake.sample.score", truth, findings, "--gsd", String(report.gsd_m)];
    const { stdout } = await exec(join(venv, "bin", "python"), args, { allowed: [0, 1] });
    console.log(stdout);
    const score = JSON.parse(stdout) as {
      recall: number;
      precision: number;
      error_median_m: number;
      error_p95_m: number;
    };
    expect(score.recall).toBeGreaterThanOrEqual(0.9);
    expect(score.precision).toBeGreaterThanOrEqual(0.9);
    expect(score.error_median_m).toBeLessThanOrEqual(2 * report.gsd_m);
    expect(score.error_p95_m).toBeLessThanOrEqual(0.5);
  });

  it("has the same findings in the database, each with its picture", async () => {
    const rows = await sql<{ class: string; picture_key: string }>(
      "stagiair",
      "select class, picture_key from detections.finding",
    );
    const { features } = JSON.parse(await textOf(s3, "ai-results", `${FLIGHT}/findings.geojson`)) as {
      features: unknown[];
    };
    expect(rows).toHaveLength(features.length);
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: "ai-results", Prefix: `${FLIGHT}/pictures/` }),
    );
    const pictures = new Set(Contents.map(({ Key }) => Key));
    for (const { picture_key } of rows) expect(pictures).toContain(picture_key);
  });

  it("has an item in each of the four collections, each with where its files are and what it came from", async () => {
    const rows = await sql<{ collection: string; content: StacItem }>(
      "stagiair",
      "select collection, pgstac.content_hydrate(items) as content from pgstac.items order by collection",
    );
    expect(rows.map(({ collection }) => collection)).toEqual(["ai-models", "ai-results", "drone-ortho", "drone-raw"]);
    for (const { collection, content } of rows) {
      for (const { href } of Object.values(content.assets)) expect(href).toMatch(new RegExp(`^s3://${collection}/`));
      const sources = content.links.filter(({ rel }) => rel === "derived_from");
      expect(sources.length > 0, `${collection} names its sources`).toBe(
        collection === "ai-results" || collection === "drone-ortho",
      );
    }
  });

  it("can be run again: nothing is sent or made twice", async () => {
    const seen = async () => ({
      findings: await sql("stagiair", "select count(*)::int from detections.finding"),
      items: await sql("stagiair", "select id from pgstac.items order by id"),
      runs: await kubectl("-n", "drone-pipelines", "get", "pipelineruns", "-o", "name"),
      manifest: (await s3.send(new HeadObjectCommand({ Bucket: "drone-raw", Key: `projects/${FLIGHT}/flight.json` })))
        .VersionId,
    });
    const before = await seen();
    await npm("sandbox", ["--instance", INSTANCE]);
    expect(await seen()).toEqual(before);
  });

  it("can be stopped and started: what it held is still there", async () => {
    const findings = "select class, score, st_astext(position) from detections.finding order by id";
    const before = await sql("stagiair", findings);
    await npm("sandbox:down", ["--instance", INSTANCE]);
    await npm("sandbox", ["--instance", INSTANCE, "--no-flight"]);
    expect(await sql("stagiair", findings)).toEqual(before);
    expect(await textOf(s3, "ai-results", `${FLIGHT}/findings.geojson`)).toContain("Muskusrat klem");
  });
}

interface StacItem {
  readonly assets: Record<string, { readonly href: string }>;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}
