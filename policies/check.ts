/** `npm run policy -- <stack>`: what a stack's program, from nothing, would break, with why and what to do about it. */
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type PolicyEvent, PulumiCommand } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { checkout } from "../sandbox/paths";
import { ConsoleReporter } from "../sandbox/progress";
import { ensureManifests, ensurePulumi } from "../sandbox/toolchain";
import { report } from "./report";

/**
 * Previews the stack in a folder and a backend of its own, so that neither state nor credentials are needed, and returns
 * every violation. None stops the preview, or the policies of the whole stack would not be asked.
 */
async function violations(stack: string, folder: string): Promise<PolicyEvent[]> {
  const reporter = new ConsoleReporter();
  await ensureManifests(reporter);
  const { root, home } = await ensurePulumi(reporter);
  const project = parse(await readFile(join(checkout, "Pulumi.yaml"), "utf8")) as object;
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, main: checkout }));
  copyFileSync(join(checkout, `Pulumi.${stack}.yaml`), join(folder, `Pulumi.${stack}.yaml`));
  const advisory = join(folder, "policies.json");
  writeFileSync(advisory, JSON.stringify({ all: "advisory" }));
  const workspace = {
    workDir: folder,
    pulumiCommand: await PulumiCommand.get({ root }),
    envVars: {
      PATH: `${join(root, "bin")}:${process.env.PATH ?? ""}`,
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "nothing is kept",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
  const opened = await LocalWorkspace.createOrSelectStack({ stackName: stack, workDir: folder }, workspace);
  const found: PolicyEvent[] = [];
  await reporter.step(`preview of ${stack}`, () =>
    opened.preview({
      policyPacks: [join(checkout, "policies")],
      policyPackConfigs: [advisory],
      onEvent: ({ policyEvent }) => {
        if (policyEvent) found.push(policyEvent);
      },
    }),
  );
  return found;
}

async function main(): Promise<number> {
  const [stack, ...more] = process.argv.slice(2);
  if (!stack || more.length || !existsSync(join(checkout, `Pulumi.${stack}.yaml`))) {
    process.stderr.write(
      "usage: npm run policy -- <stack>, where Pulumi.<stack>.yaml is there: sandbox, dev or prod\n",
    );
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "drone-lake-policy-"));
  try {
    const { lines, status } = report(stack, await violations(stack, folder));
    process.stdout.write(`${lines.join("\n")}\n`);
    return status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  },
);
