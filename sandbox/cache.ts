import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "./files";
import { endLeftOverBuildkit } from "./images/buildkit";
import { mountsBelow } from "./leftovers";
import { cacheDir } from "./paths";
import { exec } from "./process";
import type { Reporter } from "./progress";
import { removeTree } from "./removals";

/** What the sandbox keeps below the cache folder. Nothing else there is ever removed. */
export const CACHE_PARTS = ["tools", "go", "apt", "pulumi-home", "buildkit", "images", "venv", "sample", "users"];

/** Notes that the instance with the folder `state` uses the cache, so that another one's --purge leaves it. */
export function useCache(state: string): void {
  const file = userFile(state);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `${state}\n`);
}

function userFile(state: string): string {
  return join(cacheDir(), "users", createHash("sha256").update(state).digest("hex").slice(0, 16));
}

/** Folders of instances other than this one that use the cache and still have a state folder. */
function otherUsers(state: string): string[] {
  const dir = join(cacheDir(), "users");
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .map((file) => readIfThere(join(dir, file))?.trim() ?? "")
    .filter((other) => other !== "" && other !== state && existsSync(join(other, "instance.json")));
}

/** Removes what the sandbox put in the cache, unless another instance uses it. */
export async function removeCache(state: string, report: Reporter): Promise<void> {
  await report.step("remove the caches", async (step) => {
    rmSync(userFile(state), { force: true });
    const others = otherUsers(state);
    if (others.length > 0) {
      step.note(`kept: ${others.join(", ")} uses them`);
      return;
    }
    await endLeftOverBuildkit();
    for (const part of CACHE_PARTS) {
      const dir = join(cacheDir(), part);
      if (!existsSync(dir)) continue;
      for (const mount of mountsBelow(dir, readFileSync("/proc/self/mounts", "utf8")).reverse()) {
        await exec("umount", ["--lazy", mount], { step });
      }
      // Go writes its module cache read-only.
      if (part === "go") await exec("chmod", ["-R", "u+w", dir], { step });
      await removeTree(dir, step);
    }
    if (existsSync(cacheDir()) && readdirSync(cacheDir()).length === 0) rmdirSync(cacheDir());
    step.note(cacheDir());
  });
}
