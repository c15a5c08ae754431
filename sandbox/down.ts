import { readFileSync } from "node:fs";
import { endNode, nodeAlive } from "./cluster/namespaces";
import { removeGroup } from "./host/cgroups";
import { identify, type Member, membersOf, signal } from "./host/processes";
import type { Instance } from "./instance";
import { mountsBelow } from "./leftovers";
import { exec } from "./process";
import type { Reporter, Step } from "./progress";
import { removeInstanceDir } from "./removals";

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
