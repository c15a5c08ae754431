import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DebianPackage, unpackPackages } from "../../sandbox/toolchain/debian";
import { ensurePackage } from "../../sandbox/toolchain/resolve";
import { reporter } from "./context";

/** Folders of an unpacked package in which its libraries are, below the root. */
const LIBRARIES = ["usr/lib/*-linux-gnu", "usr/lib/*-linux-gnu/blas", "usr/lib/*-linux-gnu/lapack", "lib/*-linux-gnu"];

/**
 * Programs of Debian packages, unpacked into the cache with all libraries that they need, at the first package's version. Returns the folder
 * `bin`, where a small script for each of the programs starts it with these libraries.
 */
export async function debianPrograms(
  packages: readonly [DebianPackage, ...DebianPackage[]],
  programs: readonly string[],
): Promise<string> {
  const [{ name, version }] = packages;
  const fill = async (into: string, step: Parameters<typeof unpackPackages>[2]) => {
    await unpackPackages(packages, into, step, { closure: true });
    await mkdir(join(into, "bin"));
    for (const program of programs) {
      await writeFile(join(into, "bin", program), starter(program));
      await chmod(join(into, "bin", program), 0o755);
    }
    if ((await readdir(join(into, "usr", "bin"))).length === 0) throw new Error(`${name} holds no programs`);
  };
  const source = { kind: "Debian package", fill } as const;
  return join(await ensurePackage({ name, version, sources: [source], tools: {} }, reporter), "bin");
}

/** Where the script lies is where the root is, wherever the cache is moved. */
function starter(program: string): string {
  return `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
libraries=
for folder in ${LIBRARIES.map((folder) => `"$root"/${folder}`).join(" ")} "$root/usr/lib"; do libraries="$libraries$folder:"; done
export LD_LIBRARY_PATH="$libraries" PROJ_LIB="$root/usr/share/proj" GDAL_DATA="$root/usr/share/gdal"
exec "$root/usr/bin/${program}" "$@"
`;
}
