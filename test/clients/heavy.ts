import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { beforeAll, expect, it } from "vitest";
import type { StackOutputs } from "../../sandbox/pulumi";
import { versions } from "../../sandbox/toolchain";
import { s3Client } from "../s3";
import type { Client } from "./clients";
import { debianPrograms, GDAL, PYTHON } from "./debian";
import { packagesForDebian, pythonWith } from "./python";
import { type Run, runRecipe } from "./recipe";
import { type Truth, truthOf } from "./truth";

const { qgis: qgisVersion, torch, torchvision } = versions.debian;

/** PyTorch, with which the notebooks train too. */
export const debianTorch = () =>
  debianPrograms({
    ...PYTHON,
    packages: [
      { name: "python3-torch", version: torch },
      { name: "python3-torchvision", version: torchvision },
    ],
    also: [...PYTHON.also, "python3-yaml", "ocl-icd-libopencl1"],
  });
const pytorch: Client = {
  install: async () => ({ path: [await debianTorch()], env: { PYTHONPATH: await packagesForDebian("pytorch") } }),
};
const tensorflow: Client = { install: async () => ({ path: [await pythonWith("tensorflow")] }) };
const mlflow: Client = { identity: "data-scientist", install: async () => ({ path: [await pythonWith("mlflow")] }) };
const QGIS = {
  ...PYTHON,
  packages: [
    { name: "python3-qgis", version: qgisVersion },
    { name: "qgis-providers", version: qgisVersion },
  ],
  also: [
    ...PYTHON.also,
    ..."python3-qgis-common qgis-common qgis-providers-common python3-gdal python3-psycopg2 ocl-icd-libopencl1".split(
      " ",
    ),
    ..."sip qsci qtpositioning qtsql qtsvg".split(" ").map((part) => `python3-pyqt5.${part}`),
    "python3-pyqt5",
  ],
  env: {
    ...PYTHON.env,
    ...GDAL,
    QGIS_PREFIX_PATH: "$root/usr",
    QT_PLUGIN_PATH: "$(echo $root/usr/lib/*-linux-gnu/qt5/plugins)",
  },
} as const;
const qgis: Client = { install: async () => ({ path: [await debianPrograms(QGIS)] }) };

/** The clients that are heavy to get, each by the recipe of its page. */
export function theHeavyClients(outputsNow: () => Promise<StackOutputs>): void {
  let outputs: StackOutputs;
  let truth: Truth;
  beforeAll(async () => {
    outputs = await outputsNow();
    truth = await truthOf(outputs);
  });

  it("QGIS", () =>
    runRecipe("qgis", qgis, outputs, ({ stdout, folder }) => {
      const [width, height] = truth.report.size_px;
      const total = Object.values(truth.findings).reduce((sum, count) => sum + count, 0);
      expect(stdout).toContain(`orthophoto: ${width} x ${height} px in ${truth.report.crs}`);
      expect(stdout).toContain(`findings: ${total} in EPSG:4326`);
      // A map without the ground would be a few kilobytes of white.
      expect(readFileSync(join(folder, "map.png")).length).toBeGreaterThan(500_000);
    }));

  /** Every photo of that version came, in batches of eight of this shape, and is a picture of grass: more green than blue. */
  const streamed =
    (shape: string) =>
    ({ stdout }: Run) => {
      const count = truth.manifest.photos.length;
      expect(stdout).toContain(`dataset version ${truth.manifestVersion}: ${count} photos`);
      const batches = [...stdout.matchAll(/^batch \((\d+), (.*)\)$/gm)];
      expect(batches.reduce((sum, batch) => sum + Number(batch[1]), 0)).toBe(count);
      for (const batch of batches) expect(batch[2]).toBe(shape);
      const [, red, green, blue] = /blue: ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stdout)!.map(Number);
      expect(green).toBeGreaterThan(blue!);
      expect(green).toBeGreaterThan(red!);
    };
  it("PyTorch", () => runRecipe("pytorch", pytorch, outputs, streamed("3, 256, 256")));
  it("MLflow", () =>
    runRecipe("mlflow", mlflow, outputs, async ({ stdout }) => {
      const [, Key] = /s3:\/\/ai-models\/(mlflow\/recipe\/\w+\/artifacts\/thresholds\.json)/.exec(stdout)!;
      const kept = await s3Client(outputs, "stagiair").send(new GetObjectCommand({ Bucket: "ai-models", Key }));
      expect(kept.VersionId).toBeTruthy();
      const thresholds = JSON.parse(await kept.Body!.transformToString());
      expect(Object.keys(thresholds).sort()).toEqual(Object.keys(truth.findings).sort());
    }));

  it("TensorFlow", () => runRecipe("tensorflow", tensorflow, outputs, streamed("256, 256, 3")));
}
