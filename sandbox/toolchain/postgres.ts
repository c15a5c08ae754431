import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../process";
import type { Step } from "../progress";

/** The environment in which the programs of an unpacked PostgreSQL (the folder of the tool `postgres`) find their libraries. */
export async function postgresEnv(root: string): Promise<Record<string, string>> {
  const lib = join(root, "usr", "lib");
  const triplets = (await readdir(lib)).filter((name) => name.endsWith("-linux-gnu"));
  const dirs = triplets.flatMap((name) => [join(lib, name), join(lib, name, "blas"), join(lib, name, "lapack")]);
  return { LD_LIBRARY_PATH: dirs.join(":"), PROJ_LIB: join(root, "usr", "share", "proj") };
}

/** The folder with `postgres`, `initdb`, `psql`, ... of an unpacked PostgreSQL. */
export async function postgresBin(root: string): Promise<string> {
  const [major] = await readdir(join(root, "usr", "lib", "postgresql"));
  return join(root, "usr", "lib", "postgresql", major as string, "bin");
}

/** Checks that all libraries are there, so that a hole shows here and not as a failing `create extension`. */
export async function finishPostgres(root: string, step: Step): Promise<void> {
  const env = await postgresEnv(root);
  const bin = await postgresBin(root);
  const lib = join(bin, "..", "lib");
  const libraries = (await readdir(lib)).filter((file) => /^postgis.*\.so$/.test(file)).map((file) => join(lib, file));
  const { stdout } = await exec("ldd", [join(bin, "postgres"), join(bin, "psql"), ...libraries], { env, step });
  const missing = stdout.split("\n").filter((line) => line.includes("not found"));
  if (missing.length > 0)
    throw new Error(`PostgreSQL unpacked in ${root} lacks libraries: ${missing.join("; ").replace(/\s+/g, " ")}`);
}
