import { parseArgs } from "node:util";

export const USAGE = `usage: npm run doctor -- STACK [OPTIONS]   say what the stack's cluster lacks, and change nothing
         --cwd DIR   the folder with Pulumi.STACK.yaml, when it is not this project's
       exit status: 0 nothing is missing (there may be warnings), 1 something is, 2 the command or the config is wrong
`;

/** The command line is wrong. */
export class UsageError extends Error {}

export interface Options {
  readonly stack: string;
  readonly folder: string;
}

/** Reads the command line; undefined where only help is asked for. Throws UsageError for anything that it does not know. */
export function parseOptions(argv: readonly string[], project: string): Options | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [stack, ...rest] = positionals;
  if (stack === undefined || rest.length > 0) throw new UsageError("name one stack, such as prod");
  return { stack, folder: values.cwd ?? project };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: { cwd: { type: "string" }, help: { type: "boolean", short: "h" } },
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split(". To specify")[0]);
  }
}
