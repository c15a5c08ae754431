/** `npm run preview:report -- <stack...>`: what a change of the program would do to some stacks, for a pull request. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { explain, SandboxError } from "../sandbox/errors";
import { checkout } from "../sandbox/paths";
import { interruptChildren } from "../sandbox/process";
import { ConsoleReporter } from "../sandbox/progress";
import { ensureManifests, ensurePulumi } from "../sandbox/toolchain";
import { type Options, options } from "./args";
import { againstRevision, againstState } from "./compare";
import { markdown } from "./markdown";
import { EXIT_CODES } from "./outcome";
import { previewStack } from "./preview";
import { type Preview, type Report, reportOf } from "./report";
import { checkOut } from "./revision";

async function previews({ stacks, base, project }: Options, folder: string): Promise<Report> {
  const workDir = resolve(project ?? checkout);
  for (const stack of stacks) {
    if (!existsSync(join(workDir, `Pulumi.${stack}.yaml`)))
      throw new SandboxError(`there is no ${join(workDir, `Pulumi.${stack}.yaml`)}: name stacks that have such a file`);
  }
  const reporter = new ConsoleReporter();
  await ensureManifests(reporter);
  const pulumi = await ensurePulumi(reporter);
  const revision =
    base === undefined
      ? undefined
      : await reporter.step(`revision ${base}`, (step) => checkOut(base, join(folder, "base"), step));
  const made: Preview[] = [];
  for (const name of stacks) {
    const preview = reporter.step(`preview of ${name}`, async (step) => {
      const place = join(folder, name);
      const stack = revision
        ? await againstRevision(pulumi, place, name, revision, step)
        : await againstState(pulumi, workDir, name);
      step.note("what is different");
      return previewStack(stack, folder);
    });
    // One stack's failure is told in the report, beside what the others would do.
    made.push(
      await preview.catch((error: unknown) => ({ stack: name, plan: [], policies: [], failure: explain(error) })),
    );
  }
  const what = revision ? `what \`${base}\` (${revision.commit}) declares` : "the stacks' own state";
  return reportOf(what, made);
}

async function main(): Promise<number> {
  const asked = options(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), "drone-lake-preview-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const report = await previews(asked, folder);
  writeFileSync(`${asked.out}.md`, markdown(report));
  writeFileSync(`${asked.out}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  for (const { stack, outcome } of report.stacks) process.stdout.write(`${stack}: ${outcome}\n`);
  process.stdout.write(`${asked.out}.md and ${asked.out}.json tell what, and why\n`);
  return EXIT_CODES[report.outcome];
}

process.once("SIGINT", () => void interruptChildren().then(() => process.exit(130)));
process.once("SIGTERM", () => void interruptChildren().then(() => process.exit(143)));
main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(EXIT_CODES.error);
  },
);
