/** Against what a preview is made: a stack's own state, or the state that a revision of the program would have. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { SandboxError } from "../sandbox/errors";
import { checkout } from "../sandbox/paths";
import type { Step } from "../sandbox/progress";
import type { PulumiInstallation } from "../sandbox/toolchain/pulumi";
import { engineEnv, stackApart } from "./engine";
import { rehearseUp, withoutCluster } from "./rehearsal/state";
import type { Revision } from "./revision";

/** The stack as this checkout's program would change what a revision of it declares. */
export async function againstRevision(
  pulumi: PulumiInstallation,
  folder: string,
  name: string,
  base: Revision,
  step: Step,
): Promise<Stack> {
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(base.folder, `Pulumi.${name}.yaml`))) {
    step.note(`what ${base.commit} declares`);
    await rehearseUp(pulumi, folder, { folder: base.folder, stack: name });
  }
  return stackApart(pulumi, folder, { folder: checkout, stack: name }, withoutCluster(folder));
}

/**
 * The stack with its own state.
 *
 * @throws SandboxError where no backend is named or it has no such stack.
 */
export async function againstState(pulumi: PulumiInstallation, workDir: string, name: string): Promise<Stack> {
  const instead = "or compare with a revision of the program, which needs no state: --base REV";
  if (!process.env.PULUMI_BACKEND_URL) {
    throw new SandboxError(`PULUMI_BACKEND_URL does not say where the state of ${name} is: set it, ${instead}`);
  }
  const workspace = {
    workDir,
    pulumiCommand: await PulumiCommand.get({ root: pulumi.root }),
    envVars: engineEnv(pulumi),
  };
  try {
    return await LocalWorkspace.selectStack({ stackName: name, workDir }, workspace);
  } catch (error) {
    if (!String(error).includes("no stack named")) throw error;
    throw new SandboxError(`the backend has no stack ${name}: make it with \`pulumi stack init ${name}\`, ${instead}`);
  }
}
