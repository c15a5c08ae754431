import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endNode, nodeAlive } from "./cluster/namespaces";
import { readIfThere } from "./files";
import { removeGroup } from "./host/cgroups";
import { identify, type Member, membersOf, signal } from "./host/processes";
import type { Instance } from "./instance";
import { mountsBelow } from "./leftovers";
import { cacheDir } from "./paths";
import { exec } from "./process";
import type { Reporter, Step } from "./progress";
import { removeInstanceDir, removeTree } from "./removals";

/** What the sandbox keeps below the cache folder. Nothing else there is ever removed. */
const CACHE_PARTS = ["tools", "go", "apt", "pulumi-home", "buildkit", "images", "venv", "sample", "users"];
const GRACE_MS = 8000;

/** Ends everything of an embedded instance that runs, and takes its network link, mounts and control groups away. Repeatable. */
export async function stopNode(instance: Instance, report: Reporter): Promise<Instance> {
  return report.step("stop the node", async (step) => {
    const removed: string[] = [];
    if (nodeAlive(instance)) await endGently(instance, step);
    if (await endNode(instance)) removed.push("namespaces with all processes, mounts and the network link");
    for (const mount of mountsBelow(instance.dir, readFileSync("/proc/self/mounts", "utf8")).reverse()) {
      await exec("umount", ["--lazy", mount], { step });
      removed.push(mount);
    }
    const groups = await removeGroup(instance.cgroup);
    if (groups.length > 0) removed.push(`${groups.length} control groups`);
    step.note(removed.length > 0 ? `removed ${removed.join(", ")}` : "nothing was running");
    return instance.with({ node: undefined });
  });
}

/** Lets databases and the object store close their files: the kubelet first, or it would start them again. */
async function endGently(instance: Instance, step: Step): Promise<void> {
  const { node } = instance.record;
  if (!node) return;
  step.note("asking the servers to end");
  const members = () => membersOf(node.pid).filter((member) => member.inner !== 1);
  const isKubelet = (member: Member) => /(^|\/)kubelet /.test(member.command);
  const end = (some: Member[]) => {
    for (const { pid } of some) {
      const id = identify(pid);
      if (id) signal(id, "SIGTERM");
    }
  };
  end(members().filter(isKubelet));
  await new Promise((done) => setTimeout(done, 500));
  const isPartOfNode = (member: Member) => /containerd|kube-|kubelet|\betcd\b|log-keeper/.test(member.command);
  end(members().filter((member) => !isPartOfNode(member)));
  const until = Date.now() + GRACE_MS;
  while (Date.now() < until && members().some((member) => !isPartOfNode(member))) {
    await new Promise((done) => setTimeout(done, 200));
  }
  end(members());
  await new Promise((done) => setTimeout(done, 500));
}

/** Removes the instance's data. */
export async function removeState(instance: Instance, report: Reporter): Promise<void> {
  await report.step("remove the data", async (step) => {
    await removeInstanceDir(instance.dir, step);
    step.note(instance.dir);
  });
}

/** Notes that an instance uses the cache, so that another one's --purge leaves it. */
export function useCache(instance: Instance): void {
  const file = userFile(instance);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `${instance.dir}\n`);
}

function userFile(instance: Instance): string {
  return join(cacheDir(), "users", createHash("sha256").update(instance.dir).digest("hex").slice(0, 16));
}

/** Instances other than this one that use the cache and still have a state folder. */
export function otherUsers(instance: Instance): string[] {
  const dir = join(cacheDir(), "users");
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .map((file) => readIfThere(join(dir, file))?.trim() ?? "")
    .filter((state) => state !== "" && state !== instance.dir && existsSync(join(state, "instance.json")));
}

/** Removes what the sandbox put in the cache, unless another instance uses it. */
export async function removeCache(instance: Instance, report: Reporter): Promise<void> {
  await report.step("remove the caches", async (step) => {
    rmSync(userFile(instance), { force: true });
    const others = otherUsers(instance);
    if (others.length > 0) {
      step.note(`kept: ${others.join(", ")} uses them`);
      return;
    }
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
