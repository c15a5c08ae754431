import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, checkout } from "../../sandbox/paths";
import { exec } from "../../sandbox/process";
import { hashOf } from "../../sandbox/toolchain/hash";
import { ensureFolder, sweep } from "../../sandbox/toolchain/store";
import { findPython } from "../../sandbox/toolchain/venv";
import { reporter } from "./context";

/** Environments of one set of requirements that are kept: of this checkout, and of another one. */
const KEPT = 2;

/** The `bin` of a Python environment, in the cache, with everything that `test/clients/requirements/<name>.txt` lists. */
export async function pythonWith(name: string): Promise<string> {
  const file = join(checkout, "test", "clients", "requirements", `${name}.txt`);
  const python = await findPython();
  const parent = join(cacheDir(), "clients");
  const target = join(parent, `${name}-${hashOf([await readFile(file, "utf8"), python.version])}`);
  await reporter.step(`Python environment (${name})`, (step) =>
    ensureFolder(
      target,
      step,
      async (into) => {
        await exec(python.bin, ["-m", "venv", into], { step });
        const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
        // The list is whole: nothing that it does not name comes along.
        await exec(join(into, "bin", "python"), [...pip, "--no-deps", "-r", file], { step });
      },
      { inPlace: true },
    ),
  );
  await sweep(parent, KEPT, `${name}-`);
  return join(target, "bin");
}
