import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { exec } from "../process";
import { Unavailable, withSpace } from "./errors";
import type { Source } from "./packages";

const PACKAGE_BYTES = 512 * 1024 ** 2;

/** One file of an npm package, which lands flat in the folder. npm checks the package against the checksum that its registry tells. */
export function npmPackage(name: string, version: string, path: string): Source {
  return {
    kind: "npm package",
    fill: (into, step) =>
      withSpace([into], PACKAGE_BYTES, async () => {
        const scratch = await mkdtemp(join(into, ".npm-"));
        try {
          const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", scratch, `${name}@${version}`];
          await exec("npm", args, { cwd: scratch, step }).catch((error: Error) => {
            throw new Unavailable(error.message);
          });
          const [archive] = await readdir(scratch);
          if (!archive) throw new Unavailable(`npm pack ${name}@${version} wrote nothing`);
          await exec("tar", ["-xzf", join(scratch, archive), "-C", scratch, `package/${path}`], { step });
          await copyFile(join(scratch, "package", path), join(into, basename(path)));
        } finally {
          await rm(scratch, { recursive: true, force: true });
        }
      }),
  };
}
