import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkFlight, ownFlight, sampleFlight } from "../../sandbox/flight";
import { ensureVenv } from "../../sandbox/toolchain";
import { QuietReporter, Said } from "./toolchain/helpers";

const patient = { timeout: 60_000 };

describe("a flight, before anything is sent", () => {
  let venv: string;
  let root: string;
  const step = new Said();
  beforeAll(async () => {
    venv = await ensureVenv(new QuietReporter(), ["stitch", "detect", "catalog", "serve", "sample", "dev"]);
  }, 600_000);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "lake-flight-"));
  });
  afterEach(() => {
    delete process.env.DRONE_LAKE_CACHE;
    rmSync(root, { recursive: true, force: true });
  });

  it("is refused for a photo that is cut off, by its name", patient, async () => {
    writeFileSync(join(root, "whole.JPG"), Buffer.from([0xff, 0xd8, 0xff, 0xe0]));
    const own = ownFlight(root, "dijk", "een", "/");
    await expect(checkFlight(venv, own, step)).rejects.toThrow(/^this flight cannot be sent: 1 of 1 files.*whole\.JPG/);
  });

  it("is refused for a name that cannot be part of a key", patient, async () => {
    const named = { project: "a/b", flight: "een" };
    await expect(checkFlight(venv, named, step)).rejects.toThrow(/cannot be sent: project name: .*separates parts/);
    await expect(checkFlight(venv, { ...named, project: `it's "a" $(b)` }, step)).resolves.toBeUndefined();
  });

  it("is photographed for the cache, and said to be where it is", patient, async () => {
    process.env.DRONE_LAKE_CACHE = root;
    const photos = await sampleFlight(venv, step, ["--photos", "1", "--size", "320x240"]);
    expect(step.notes.at(-1)).toContain(photos);
    expect(step.notes.filter((note) => note.includes(".part"))).toEqual([]);
    await expect(checkFlight(venv, { project: "dijk", flight: "een", dir: photos }, step)).resolves.toBeUndefined();
  });
});
