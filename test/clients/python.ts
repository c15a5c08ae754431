import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import type { Step } from "../../sandbox/progress";
import { hashOf } from "../../sandbox/toolchain/hash";
import { ensureFolder, sweep } from "../../sandbox/toolchain/store";
import { findPython } from "../../sandbox/toolchain/venv";
import { reporter } from "./context";

/** Folders of one set of requirements that are kept: of this checkout, and of another one. */
const KEPT = 2;
// The lists are whole: nothing that they do not name comes along.
const PIP = "-m pip install --no-input --disable-pip-version-check --progress-bar off --no-deps".split(" ");

/** The `bin` of a Python environment, in the cache, with what the list of that name lists. */
export async function pythonWith(name: string): Promise<string> {
  const venv = await filled(name, "venv", async (into, file, python, step) => {
    await exec(python, ["-m", "venv", into], { step });
    await exec(join(into, "bin", "python"), [...PIP, "-r", file], { step });
  });
  return join(venv, "bin");
}

/** A folder for PYTHONPATH with what that list names, for Debian 12's Python 3.11. */
export function packagesForDebian(name: string): Promise<string> {
  return filled(name, "3.11", async (into, file, python, step) => {
    const target = ["--target", into, "--python-version", "3.11", "--only-binary", ":all:"];
    await exec(python, [...PIP, ...target, "-r", file], { step });
  });
}

/** The notebooks' list is the image's too. */
function requirements(name: string): string {
  const place =
    name === "notebooks" ? ["notebooks", "requirements.txt"] : ["test", "clients", "requirements", `${name}.txt`];
  return join(checkout, ...place);
}

async function filled(
  name: string,
  kind: string,
  fill: (into: string, file: string, python: string, step: Step) => Promise<void>,
): Promise<string> {
  const file = requirements(name);
  const python = await findPython();
  const parent = join(cacheDir(), "clients");
  const target = join(parent, `${name}-${hashOf([kind, await readFile(file, "utf8"), python.version])}`);
  await reporter.step(`Python packages (${name})`, (step) =>
    ensureFolder(target, step, (into) => fill(into, file, python.bin, step), { inPlace: true }),
  );
  await sweep(parent, KEPT, `${name}-`);
  return target;
}
