/** `npm run policy -- <stack>`: what a stack's program, from nothing, would break, with why and what to do about it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PolicyEvent } from "@pulumi/pulumi/automation";
import { stackApart } from "../report/engine";
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
  const pulumi = await ensurePulumi(reporter);
  const advisory = join(folder, "policies.json");
  writeFileSync(advisory, JSON.stringify({ all: "advisory" }));
  const opened = await stackApart(pulumi, folder, { folder: checkout, stack });
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
