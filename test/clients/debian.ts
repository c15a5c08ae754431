import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DebianPackage, unpackPackages } from "../../sandbox/toolchain/debian";
import { ensurePackage } from "../../sandbox/toolchain/resolve";
import { reporter } from "./context";

export interface Programs {
  /** What is unpacked; the first one's name and version are the cache's. */
  readonly packages: readonly [DebianPackage, ...DebianPackage[]];
  /** Packages that these depend on and that are no libraries. */
  readonly also?: readonly string[];
  /** Path below the root, by the name under which a program is called. */
  readonly programs: Readonly<Record<string, string>>;
  /** Variables for them; `$root` is the root. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Debian's own Python, to run what Debian builds for it: `also` and `programs` of it. */
export const PYTHON = {
  also: ["python3.11-minimal", "python3-numpy", "python3-typing-extensions"],
  programs: { python: "usr/bin/python3.11" },
  env: { PYTHONHOME: "$root/usr" },
} as const;

/** Where Debian's GDAL finds its data: `env` of what uses it. A wheel that brings a GDAL of its own cannot read it. */
export const GDAL = { PROJ_LIB: "$root/usr/share/proj", GDAL_DATA: "$root/usr/share/gdal" } as const;

/** Folders of libraries below the root of unpacked packages. */
const LIBRARIES = ["usr/lib/*-linux-gnu", "usr/lib/*-linux-gnu/blas", "usr/lib/*-linux-gnu/lapack", "lib/*-linux-gnu"];

/**
 * Programs of Debian packages, unpacked into the cache with all libraries that they need. Returns the folder `bin`, where a small script
 * for each of the programs starts it with these libraries.
 */
export async function debianPrograms({ packages, also, programs, env = {} }: Programs): Promise<string> {
  const [{ name, version }] = packages;
  const fill = async (into: string, step: Parameters<typeof unpackPackages>[2]) => {
    await unpackPackages(packages, into, step, { closure: true, also });
  };
  const source = { kind: "Debian package", fill } as const;
  const bin = join(await ensurePackage({ name, version, sources: [source], tools: {} }, reporter), "bin");
  await mkdir(bin, { recursive: true });
  // Written anew each time: the cache knows the packages' version, and nothing of what starts them.
  for (const [program, path] of Object.entries(programs)) {
    await writeFile(join(bin, program), starter(path, env));
    await chmod(join(bin, program), 0o755);
  }
  return bin;
}

/** Where the script lies tells where the root is, wherever the cache is. */
function starter(path: string, env: Programs["env"]): string {
  return `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
libraries=
for folder in ${LIBRARIES.map((folder) => `"$root"/${folder}`).join(" ")}; do libraries="$libraries$folder:"; done
export LD_LIBRARY_PATH="$libraries$root/usr/lib" ${Object.entries({ ...env })
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ")}
exec "$root/${path}" "$@"
`;
}
