import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clientEnv } from "../../sandbox/lake";
import { checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import type { StackOutputs } from "../../sandbox/pulumi";
import { s3Client } from "../s3";
import { debianTorch } from "./heavy";
import { packagesForDebian } from "./python";
import { ORTHOPHOTO, type Truth, truthOf } from "./truth";

const TRIAL = "muskrat-bank-trial";

/** The notebooks, one after the other in one folder, as data-scientist: what they print and what they leave in the lake. */
export function theNotebooks(outputsNow: () => Promise<StackOutputs>): void {
  let outputs: StackOutputs;
  let truth: Truth;
  let s3: S3Client;
  const folder = mkdtempSync(join(tmpdir(), "notebooks-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    outputs = await outputsNow();
    truth = await truthOf(outputs);
    s3 = s3Client(outputs, "stagiair");
    for (const part of ["notebooks", join("tasks", "training")])
      cpSync(join(checkout, part), join(folder, part), { recursive: true });
  });

  /** Runs a notebook and returns what its cells printed. */
  async function run(name: string): Promise<string> {
    const [bin, packages] = await Promise.all([debianTorch(), packagesForDebian("notebooks")]);
    const env = {
      ...clientEnv("data-scientist", outputs),
      HOME: folder,
      PATH: [bin, process.env.PATH].join(delimiter),
      PYTHONPATH: [packages, join(checkout, "tasks", "src")].join(delimiter),
    };
    const cwd = join(folder, "notebooks");
    await exec("python", ["-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", `${name}.ipynb`], {
      cwd,
      env,
    });
    const { cells } = JSON.parse(readFileSync(join(cwd, `${name}.ipynb`), "utf8")) as Notebook;
    return cells.flatMap(({ outputs: shown = [] }) => shown.flatMap(({ text = [] }) => text)).join("");
  }

  it("looks at a window of an orthophoto", async () => {
    const { size_px, gsd_m, crs } = truth.report;
    const said = `${size_px[0]} x ${size_px[1]} px of ${gsd_m.toFixed(4)} m in ${crs}`;
    expect(await run("1-look")).toContain(said);
  });

  it("streams one version of a flight into PyTorch", async () => {
    const printed = await run("2-stream");
    const count = truth.manifest.photos.length;
    expect(printed).toContain(`dataset version ${truth.manifestVersion}: ${count} photos`);
    expect(printed).toContain(`streamed (${count}, 3, 256, 256)`);
  });

  it("trains and logs, with the artifacts in the lake", async () => {
    const [, run_id] = /run (\w+): artifacts in s3:/.exec(await run("3-train"))!;
    const Prefix = `mlflow/${TRIAL}/${run_id}/artifacts/`;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "ai-models", Prefix }));
    expect(Contents.map(({ Key }) => Key!.slice(Prefix.length)).sort()).toEqual(["dataset.json", "last.pt"]);
  });

  it("publishes a version with its dataset, and sets it beside the old one on the same orthophoto", async () => {
    const printed = await run("4-publish");
    const read = async (name: string) => {
      const { Body, VersionId } = await s3.send(new GetObjectCommand({ Bucket: "ai-models", Key: `${TRIAL}/${name}` }));
      return { json: JSON.parse(await Body!.transformToString()), version: VersionId };
    };
    const [card, dataset] = [await read("model.json"), await read("dataset.json")];
    expect(card.json.dataset.version).toBe(dataset.version);
    const total = Object.values(truth.findings).reduce((sum, count) => sum + count, 0);
    expect(dataset.json.images).toHaveLength(total);
    for (const image of dataset.json.images)
      expect(image).toMatchObject({ key: ORTHOPHOTO, version_id: truth.orthophotoVersion });
    const classes: string[] = card.json.classes;
    const row = (name: string) =>
      new RegExp(`^${name} \\w{8} +(\\d+) +(\\d+)$`, "m").exec(printed)!.slice(1).map(Number);
    expect(row("muskrat-bank")).toEqual(classes.map((name) => truth.findings[name]));
    expect(row(TRIAL)).toHaveLength(2);
    expect(printed).toContain(card.json.onnx.version.slice(0, 8));
  });
}

interface Notebook {
  readonly cells: readonly { readonly outputs?: readonly { readonly text?: string[] }[] }[];
}
