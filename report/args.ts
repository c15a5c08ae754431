import { parseArgs } from "node:util";
import { SandboxError } from "../sandbox/errors";

export interface Options {
  readonly stacks: readonly string[];
  /** Compare with what this revision declares instead of with the stacks' state. */
  readonly base?: string;
  /** Folder of the project and of the stacks' files; the checkout without it. */
  readonly project?: string;
  /** What the files are called, without `.md` and `.json`. */
  readonly out: string;
}

export const USAGE = `usage: npm run preview:report -- [OPTIONS] STACK...
         --base REV      compare with what a revision declares: needs no state, no credentials and no cluster
         --project DIR   folder with Pulumi.yaml and the stacks' files; this checkout without it
         --out NAME      write NAME.md and NAME.json; "preview" without it
       without --base it compares with the stacks' state in PULUMI_BACKEND_URL
       exit codes: 0 no change, 2 changes, 3 dangerous changes, 4 policy violation, 1 error
`;

/** @throws SandboxError that says what is wrong with the arguments. */
export function options(args: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { base: { type: "string" }, project: { type: "string" }, out: { type: "string" } },
    });
    if (positionals.length === 0) throw new Error("no stack is named");
    const twice = positionals.find((stack, i) => positionals.indexOf(stack) !== i);
    if (twice) throw new Error(`${twice} is named twice`);
    if (values.base !== undefined && values.project !== undefined)
      throw new Error("--base and --project exclude each other");
    return { stacks: positionals, base: values.base, project: values.project, out: values.out ?? "preview" };
  } catch (error) {
    throw new SandboxError(`${(error as Error).message}\n${USAGE}`);
  }
}
