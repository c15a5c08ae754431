import { readdir, rm, symlink } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { exec } from "../process";
import type { Step } from "../progress";

/** The environment in which the programs of an unpacked PostgreSQL (the folder of the tool `postgres`) find their libraries and data. */
export async function postgresEnv(root: string): Promise<Record<string, string>> {
  const share = join(root, "usr", "share");
  // Some packages (armadillo, HDF4, OGDI) put their libraries into /usr/lib itself.
  const folders = [await libraries(root), join(root, "usr", "lib")];
  return { LD_LIBRARY_PATH: folders.join(delimiter), PROJ_LIB: join(share, "proj"), GDAL_DATA: join(share, "gdal") };
}

/** The folder of libraries that is named after the processor. */
async function libraries(root: string): Promise<string> {
  const lib = join(root, "usr", "lib");
  const [triplet] = (await readdir(lib)).filter((name) => name.endsWith("-linux-gnu"));
  return join(lib, triplet as string);
}

/** The folder with `postgres`, `initdb`, `psql`, ... of an unpacked PostgreSQL. */
export async function postgresBin(root: string): Promise<string> {
  const [major] = await readdir(join(root, "usr", "lib", "postgresql"));
  return join(root, "usr", "lib", "postgresql", major as string, "bin");
}

/** Does what the packages' installation scripts would have done, and checks that a server can load PostGIS. */
export async function finishPostgres(root: string, step: Step): Promise<void> {
  // Since Debian 12, /lib is /usr/lib.
  await exec("cp", ["-a", `${join(root, "lib")}/.`, join(root, "usr", "lib")], { step });
  await rm(join(root, "lib"), { recursive: true });
  const lib = await libraries(root);
  for (const folder of ["blas", "lapack"]) {
    for (const file of await readdir(join(lib, folder)))
      if (file.includes(".so")) await symlink(join(folder, file), join(lib, file));
  }
  const bin = await postgresBin(root);
  const extensions = join(root, "usr", "share", "postgresql", basename(dirname(bin)), "extension");
  for (const file of await readdir(extensions)) {
    const plain = file.replace(/-3\.control$/, ".control");
    if (plain !== file) await symlink(file, join(extensions, plain));
  }
  await checkLibraries(root, bin, step);
}

async function checkLibraries(root: string, bin: string, step: Step): Promise<void> {
  const lib = join(bin, "..", "lib");
  const modules = (await readdir(lib)).filter((file) => /^postgis.*\.so$/.test(file)).map((file) => join(lib, file));
  const { stdout } = await exec("ldd", [join(bin, "postgres"), join(bin, "psql"), ...modules], {
    env: await postgresEnv(root),
    step,
  });
  const missing = stdout.split("\n").filter((line) => line.includes("not found"));
  if (missing.length > 0)
    throw new Error(`PostgreSQL unpacked in ${root} lacks libraries: ${missing.join("; ").replace(/\s+/g, " ")}`);
}
