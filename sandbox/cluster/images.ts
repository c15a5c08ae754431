import { join } from "node:path";
import { withoutTag } from "../images/digest";
import type { Instance } from "../instance";
import { exec } from "../process";
import type { Step } from "../progress";
import { enterFlags } from "./namespaces";
import { CONTAINERD_SOCKET, type NodeTools } from "./settings";

/** An image as a file, under the names by which pods ask for it: its tag, and its tag with its digest. */
export interface NodeImage {
  readonly ref: string;
  readonly pinned: string;
  /** An OCI or docker archive. */
  readonly archive: string;
}

/** Gives the node the images that it lacks. Their names hold their content's hash, so one that is there is the right one. */
export async function importImages(
  instance: Instance,
  tools: NodeTools,
  images: readonly NodeImage[],
  step: Step,
): Promise<void> {
  const there = new Set((await ctr(instance, tools, ["images", "list", "--quiet"], step)).split("\n"));
  for (const { ref, pinned, archive } of images) {
    if (!there.has(ref)) {
      step.note(`importing ${ref}`);
      await ctr(instance, tools, ["images", "import", archive], step);
    }
    const exact = withoutTag(pinned);
    if (!there.has(exact)) await ctr(instance, tools, ["images", "tag", ref, exact], step);
    there.add(ref).add(exact); // an image may be wanted for two purposes
  }
}

async function ctr(instance: Instance, tools: NodeTools, args: readonly string[], step: Step): Promise<string> {
  const command = [join(tools.containerdDir, "ctr"), "--address", CONTAINERD_SOCKET, "--namespace", "k8s.io", ...args];
  const { stdout } = await exec("nsenter", [...enterFlags(instance), "--", ...command], { step });
  return stdout;
}
