import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { refusal } from "../../components/connect";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import { ensureVenv } from "../../sandbox/toolchain";
import { kubectl, outputs, reporter, sql } from "./context";

const COLLECTIONS = ["ai-models", "ai-results", "drone-ortho", "drone-raw"];
const FINDINGS = "/features/collections/detections.finding/items";
const DUTCH_GRID = "http://www.opengis.net/def/crs/EPSG/0/28992";
const STORE = ["-n", "data-systems", "service/data-lake"];

interface Feature {
  readonly geometry: { readonly coordinates: readonly [number, number] };
  readonly properties: { readonly class: string; readonly score: number };
}

interface Asset {
  readonly href: string;
  readonly "file:checksum": string;
  readonly alternate: { readonly https: { readonly href: string } };
}

/** An answer of the catalogue service in JSON; its certificate is checked. */
async function ask<T>(path: string): Promise<T> {
  const { catalogueUrl, objectStore } = await outputs();
  const ca = readFileSync(objectStore.caFile);
  const body = await new Promise<string>((resolve, reject) => {
    request(`${catalogueUrl}${path}`, { ca, agent: false }, async (response) => {
      const answered = await text(response);
      if (response.statusCode === 200) resolve(answered);
      else reject(new Error(`${path}: ${response.statusCode}: ${answered}`));
    })
      .once("error", reject)
      .end();
  });
  return JSON.parse(body) as T;
}

/** Downloads an address as a person does, with curl; the keys are not among its arguments. */
async function curl(
  url: string,
  keys?: { accessKey: string; secretKey: string },
): Promise<{ status: string; sha256: string }> {
  const { objectStore } = await outputs();
  const lines = [`url = "${url}"`, `cacert = "${objectStore.caFile}"`, "silent", 'write-out = "%{stderr}%{http_code}"'];
  if (keys) lines.push('aws-sigv4 = "aws:amz:us-east-1:s3"', `user = "${keys.accessKey}:${keys.secretKey}"`);
  const script = "curl --config - | sha256sum";
  const { stdout, stderr } = await exec("bash", ["-c", script], { input: lines.join("\n") });
  return { status: stderr.trim(), sha256: stdout.slice(0, 64) };
}

/** The catalogue service on what the sample flight left. */
export function theCatalogue(): void {
  it("has collections and items that pystac finds no fault with, and finds them by box, time, class and GSD", async () => {
    const { catalogueUrl, objectStore } = await outputs();
    const venv = await ensureVenv(reporter, ["stitch", "detect", "catalog", "serve", "sample", "dev"]);
    const script = join(checkout, "tasks", "tests", "catalogue_check.py");
    const env = { REQUESTS_CA_BUNDLE: objectStore.caFile };
    const { stdout } = await exec(join(venv, "bin", "python"), [script, `${catalogueUrl}`], { env });
    const checked = JSON.parse(stdout);
    expect(checked.errors).toEqual([]);
    expect(Object.keys(checked.collections).sort()).toEqual(COLLECTIONS);
    for (const collection of COLLECTIONS) expect(checked.collections[collection], collection).toBeGreaterThan(0);
    expect(checked.searches).toEqual({
      box: COLLECTIONS,
      elsewhere: [],
      time: expect.arrayContaining(["ai-results", "drone-ortho", "drone-raw"]),
      class: ["ai-models", "ai-results"],
      gsd: ["ai-results", "drone-ortho"],
    });
  });

  it("has the findings of the database, in degrees and in the Dutch grid", async () => {
    const [{ count }] = (await sql<{ count: string }>(
      "stagiair",
      "select count(*) from detections.finding where class = 'Muskusrat klem' and score >= 0.5",
    )) as [{ count: string }];
    const filter = `filter=${encodeURIComponent("class = 'Muskusrat klem' AND score >= 0.5")}&limit=1000`;
    const degrees = await ask<{ features: Feature[]; numberMatched: number }>(`${FINDINGS}?${filter}`);
    expect(degrees.numberMatched).toBe(Number(count));
    expect(degrees.numberMatched).toBeGreaterThan(0);
    const grid = await ask<{ features: Feature[] }>(`${FINDINGS}?${filter}&crs=${encodeURIComponent(DUTCH_GRID)}`);
    const places = await sql<{ x: number; y: number }>(
      "stagiair",
      `select st_x(p) as x, st_y(p) as y from (select id, st_transform(position, 28992) as p from detections.finding
        where class = 'Muskusrat klem' and score >= 0.5) as placed order by id`,
    );
    const found = grid.features.map(({ geometry: { coordinates } }) => coordinates);
    for (const [i, { x, y }] of places.entries()) {
      expect(found[i]![0]).toBeCloseTo(x, 3);
      expect(found[i]![1]).toBeCloseTo(y, 3);
    }
  });

  it("gives each object an https address that works with a person's keys, and not without", async () => {
    const { credentials } = await outputs();
    const { features } = await ask<{ features: { assets: Record<string, Asset> }[] }>(
      "/stac/collections/drone-ortho/items",
    );
    const { orthophoto } = features[0]!.assets;
    const { href } = orthophoto!.alternate.https;
    expect((await curl(href)).status).toBe("403");
    const got = await curl(href, credentials.stagiair);
    expect(got.status).toBe("200");
    // A multihash: the code of SHA-256 and its length, then the hash.
    expect(`1220${got.sha256}`).toBe(orthophoto!["file:checksum"]);
  });

  it("answers while the object store cannot be reached", async () => {
    const { host, hostname, port } = new URL((await outputs()).objectStore.url);
    const answers = async () => (await refusal({ host: hostname, port: Number(port) })) === undefined;
    try {
      await kubectl("patch", ...STORE, "-p", pointedAt("nobody"));
      await expect.poll(answers, { timeout: 30_000, message: `${host} still answers` }).toBe(false);
      const { features } = await ask<{ features: unknown[] }>("/stac/search?collections=drone-ortho");
      expect(features.length).toBeGreaterThan(0);
      expect((await ask<{ numberMatched: number }>(FINDINGS)).numberMatched).toBeGreaterThan(0);
    } finally {
      await kubectl("patch", ...STORE, "-p", pointedAt(null));
      await expect.poll(answers, { timeout: 30_000, message: `${host} does not answer again` }).toBe(true);
    }
  });
}

/** Has the Service lead to pods with a label that none has, or to its own again. */
function pointedAt(whom: string | null): string {
  return JSON.stringify({ spec: { selector: { "e2e/only": whom } } });
}
