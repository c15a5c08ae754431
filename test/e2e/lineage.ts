import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { textOf } from "./chain";
import { INSTANCE, npm, s3As, sql } from "./context";

interface Node {
  readonly id: string;
  readonly kind: string;
  readonly version: string | null;
  readonly facts: { readonly code_version?: string; readonly images?: Readonly<Record<string, string>> };
  readonly made_of: readonly string[];
}
interface Lineage {
  readonly subject: Node;
  readonly made_of: readonly Node[];
  readonly made_into: readonly Node[];
  readonly notes: readonly string[];
}

const lake = (...args: string[]) => npm("lake", ["--instance", INSTANCE, ...args]);
const ask = async (subject: string) => JSON.parse((await lake("lineage", subject, "--json")).stdout) as Lineage;
const ofKind = (nodes: readonly Node[], kind: string) => nodes.filter((node) => node.kind === kind);
const folder = () => mkdtempSync(join(tmpdir(), "again-"));

/** What was made of what, on the sample flight, and that it can be made again. */
export function theLineage(): void {
  let photos: string[];
  let told: Lineage;

  it("leads from a finding to every photo in its version, and to the model's dataset", async () => {
    const s3 = await s3As("stagiair");
    const text = await textOf(s3, "drone-raw", "projects/sample-dike/sample-flight/flight.json");
    const manifest = JSON.parse(text) as { photos: { key: string; version_id: string }[] };
    photos = manifest.photos.map(({ key, version_id }) => `s3://drone-raw/${key}?versionId=${version_id}`);
    const [finding] = await sql<{ id: string }>("stagiair", "select id from detections.finding order by id limit 1");
    told = await ask(finding!.id);
    expect(ofKind(told.made_of, "photo").map(({ id }) => id)).toEqual(photos);
    expect(told.notes).toEqual([]);
    const [model] = ofKind(told.made_of, "model");
    const [dataset] = ofKind(told.made_of, "dataset");
    expect(model!.made_of).toEqual([dataset!.id]);
    expect(dataset!.id).toMatch(/^s3:\/\/ai-models\/muskrat-bank\/dataset\.json\?versionId=[0-9a-f-]{36}$/);
    for (const { id, version } of told.made_of) expect(id.endsWith(`?versionId=${version}`), id).toBe(true);
  });

  it("names the code and, by its digest, the image that made the orthophoto and the findings", () => {
    const steps = [...ofKind(told.made_of, "orthophoto"), ...ofKind(told.made_of, "result")];
    expect(steps).toHaveLength(2);
    for (const { facts } of steps) {
      expect(facts.images?.dronelake).toMatch(/\/tasks:[0-9a-f]+@sha256:[0-9a-f]{64}$/);
      expect(facts.images?.dronelake?.split("@")[0]).toBe(facts.code_version);
    }
  });

  it("leads from a photo forward to every finding, in a tree for people", async () => {
    const rows = await sql<{ id: string }>("stagiair", "select id from detections.finding order by id");
    const { made_into } = await ask(photos[0]!);
    expect(ofKind(made_into, "finding").map(({ id }) => id)).toEqual(rows.map(({ id }) => `finding:${id}`));
    const { stdout } = await lake("lineage", photos[0]!);
    for (const { id } of made_into) expect(stdout).toContain(id);
  });

  it("answers an unknown name with what there is", async () => {
    const { stderr } = await npm("lake", ["--instance", INSTANCE, "lineage", "no-such-item"], { allowed: [2] });
    expect(stderr).toMatch(/no no-such-item; it has 1 flights \(the newest is sample-dike-sample-flight-/);
  });

  it("does the detection again from its versions, with the same findings", async () => {
    const { stdout } = await lake("rerun", told.subject.id, folder());
    const again = JSON.parse(stdout.slice(stdout.indexOf("{\n"))) as { verdict: string; recorded: object };
    expect(again).toMatchObject({ recorded: { orthophoto: ofKind(told.made_of, "orthophoto")[0]!.version } });
    expect(["identical", "within the bound"]).toContain(again.verdict);
  });
}
