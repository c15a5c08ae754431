/** Pulumi on a project that is apart from the checkout's own: no state, no credentials and no tracked file is touched. */
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { ensureAuthority } from "../sandbox/cluster/pki";
import { SandboxError } from "../sandbox/errors";
import { readIfThere } from "../sandbox/files";
import type { PulumiInstallation } from "../sandbox/toolchain/pulumi";

/** Where a program and its stacks' files are. */
export interface Program {
  /** Folder of the program and of its `Pulumi.yaml`. */
  readonly folder: string;
  readonly stack: string;
}

type Plain = Record<string, unknown>;
const TLS = "drone-data-lake:tls";

function isEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || Object.values(value).some(isEncrypted);
}

/**
 * Writes a project into a folder that runs the program with its stack's values.
 *
 * @throws SandboxError when a value is encrypted: the key is the real backend's.
 */
async function writeApart(folder: string, { folder: main, stack }: Program): Promise<void> {
  const project = parse(readIfThere(join(main, "Pulumi.yaml")) ?? "") as Plain;
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, main }));
  const file = `Pulumi.${stack}.yaml`;
  const { config = {} } = (parse(readIfThere(join(main, file)) ?? "") ?? {}) as { config?: Plain };
  const encrypted = Object.keys(config).filter((key) => isEncrypted(config[key]));
  if (encrypted.length) {
    const keys = encrypted.join(", ");
    throw new SandboxError(
      `${file}: ${keys} is encrypted, and only a preview against the stack's own state can read it`,
    );
  }
  const tls = config[TLS] as { ca?: { certificateFile: string } } | undefined;
  if (tls?.ca && !existsSync(resolve(main, tls.ca.certificateFile))) config[TLS] = { ...tls, ca: await ownCa(folder) };
  writeFileSync(join(folder, file), stringify({ config }));
}

/** A CA of this folder's own: a sandbox's is made by its runner, and is in no checkout. */
async function ownCa(folder: string): Promise<{ certificateFile: string; keyFile: string }> {
  const { cert, key } = await ensureAuthority({ cert: join(folder, "ca.crt"), key: join(folder, "ca.key") }, "preview");
  return { certificateFile: cert, keyFile: key };
}

/** Variables with which the engine takes its plugins from one place and asks nobody else for any. */
export function engineEnv({ root, home }: PulumiInstallation): Record<string, string> {
  return {
    PATH: `${join(root, "bin")}:${process.env.PATH ?? ""}`,
    PULUMI_HOME: home,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** A stack whose state and project are in `folder`. Called again with another program, it goes on with the same state. */
export async function stackApart(
  pulumi: PulumiInstallation,
  folder: string,
  program: Program,
  env: Record<string, string> = {},
): Promise<Stack> {
  await writeApart(folder, program);
  const envVars = {
    ...engineEnv(pulumi),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "nothing is kept",
    ...env,
  };
  return LocalWorkspace.createOrSelectStack(
    { stackName: program.stack, workDir: folder },
    { workDir: folder, pulumiCommand: await PulumiCommand.get({ root: pulumi.root }), envVars },
  );
}
