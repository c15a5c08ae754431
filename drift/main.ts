/** `npm run drift -- STACK`: what was changed behind Pulumi's back, and what mends it. */
import { resolve } from "node:path";
import { CommandError, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { ApiError, UnreachableError } from "../plugins/kubernetes/client";
import { ProviderError } from "../plugins/shared/errors";
import { engineEnv } from "../report/engine";
import { checkout } from "../sandbox/paths";
import { ConsoleReporter } from "../sandbox/progress";
import { ensurePulumi } from "../sandbox/toolchain";
import { parseOptions, USAGE, UsageError } from "./args";
import { checkDrift } from "./check";
import { asJson, asText, EXIT, exitCode } from "./report";
import { StateError } from "./state";

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), checkout);
  if (!options) {
    process.stdout.write(USAGE);
    return EXIT.none;
  }
  const { stack: name, json, mend } = options;
  const folder = resolve(options.folder);
  // The report alone goes to standard output.
  const reporter = new ConsoleReporter();
  const stack = await open(name, folder, reporter);
  // Paths in the config start from here, as in Pulumi.
  process.chdir(folder);
  const result = await reporter.step(`drift of ${name}`, () => checkDrift(stack, { mend }));
  process.stdout.write(`${json ? asJson(name, result) : asText(name, result).join("\n")}\n`);
  return exitCode(result);
}

/** The stack of a project's folder, in the backend and with the passphrase of this shell. */
async function open(stackName: string, workDir: string, reporter: ConsoleReporter): Promise<Stack> {
  const pulumi = await ensurePulumi(reporter);
  const pulumiCommand = await PulumiCommand.get({ root: pulumi.root });
  return LocalWorkspace.selectStack({ stackName, workDir }, { workDir, pulumiCommand, envVars: engineEnv(pulumi) });
}

/** What a person can mend in plain words, a fault of ours with its stack. */
function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${USAGE}`;
  if (error instanceof CommandError) return `${error.message}\n`;
  const told = [StateError, ProviderError, ApiError, UnreachableError].some((kind) => error instanceof kind);
  if (error instanceof Error) return `${told || error.name === "Error" ? error.message : error.stack}\n`;
  return `${String(error)}\n`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(explain(error));
    process.exitCode = EXIT.error;
  },
);
