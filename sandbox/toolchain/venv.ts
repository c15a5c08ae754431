import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir, checkout } from "../paths";
import { exec } from "../process";
import type { Reporter } from "../progress";
import { withSpace } from "./errors";
import { hashOf } from "./hash";
import { ensureFolder, isComplete, sweep, touch } from "./store";

export type Extra = "stitch" | "detect" | "catalog" | "serve" | "sample" | "dev";

/** Environments that are kept for other checkouts and other extras. */
const KEPT_VENVS = 6;
const VENV_BYTES = 2 * 1024 ** 3;

/**
 * Returns the folder of a Python environment with `dronelake` and its extras (for the sandbox `sample`, by default), at the versions of
 * tasks/constraints.txt. The package is installed from this checkout as it stands, so that an edit needs no new environment; another checkout,
 * other extras or other constraints have an environment of their own.
 */
export async function ensureVenv(report: Reporter, extras: readonly Extra[] = ["sample"]): Promise<string> {
  const tasks = join(checkout, "tasks");
  const python = await findPython();
  const files = await Promise.all(
    ["pyproject.toml", "constraints.txt"].map((file) => readFile(join(tasks, file), "utf8")),
  );
  const key = hashOf([...files, ...[...extras].sort(), tasks, python.version]);
  const target = join(cacheDir(), "venv", key);
  if (isComplete(target, { inPlace: true })) {
    await touch(target);
    return target;
  }
  const fill = (into: string, step: Parameters<Parameters<Reporter["step"]>[1]>[0]) =>
    withSpace([into], VENV_BYTES, async () => {
      step.note("creating the environment");
      await exec(python.bin, ["-m", "venv", into], { step });
      step.note(`installing ${extras.join(", ")}`);
      const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
      const wanted = ["-c", join(tasks, "constraints.txt"), "-e", `${tasks}[${extras.join(",")}]`];
      await exec(join(into, "bin", "python"), [...pip, ...wanted], { step });
    });
  return report.step(`Python environment (${extras.join(", ")})`, async (step) => {
    await ensureFolder(target, step, (into) => fill(into, step), { inPlace: true });
    await sweep(dirname(target), KEPT_VENVS);
    return target;
  });
}

/** A Python of at least 3.11 that can make environments. */
export async function findPython(): Promise<{ bin: string; version: string }> {
  const seen: string[] = [];
  for (const bin of ["python3", "python3.13", "python3.12", "python3.11"]) {
    try {
      const ask = "import sys, ensurepip, venv; print('%d.%d.%d' % sys.version_info[:3], sys.prefix)";
      const { stdout } = await exec(bin, ["-c", ask], { timeoutMs: 20_000 });
      const [version = "", prefix = ""] = stdout.trim().split(" ");
      const [major = 0, minor = 0] = version.split(".").map(Number);
      if (major === 3 && minor >= 11) return { bin, version: `${version} ${prefix}` };
      seen.push(`${bin} is ${version}`);
    } catch (error) {
      seen.push(
        `${bin}: ${(error as Error).message
          .split("\n")
          .at(-1)
          ?.replace(/^ *\| /, "")}`,
      );
    }
  }
  throw new Error(`no Python 3.11 or newer with venv (${seen.join("; ")}): install Debian's python3 and python3-venv`);
}
