import { parseArgs } from "node:util";

export const USAGE = `usage: npm run drift -- STACK [OPTIONS]   say what was changed behind Pulumi's back, and what mends it
         --json      the report as JSON
         --mend      put back what Pulumi does not see; without it nothing is changed
         --cwd DIR   the folder with Pulumi.yaml and Pulumi.STACK.yaml, when it is not this project's
       exit status: 0 nothing was changed, 1 something was, 2 the check failed or was called wrongly,
                    3 a server does not work, so that nothing was compared
`;

/** The command line is wrong. */
export class UsageError extends Error {}

export interface Options {
  readonly stack: string;
  readonly folder: string;
  readonly json: boolean;
  readonly mend: boolean;
}

/** Reads the command line; undefined where only help is asked for. Throws UsageError for anything that it does not know. */
export function parseOptions(argv: readonly string[], project: string): Options | undefined {
  const { values, positionals } = parse(argv);
  if (values.help) return undefined;
  const [stack, ...rest] = positionals;
  if (stack === undefined || rest.length > 0) throw new UsageError("name one stack, such as prod");
  const { cwd: folder = project, json = false, mend = false } = values;
  return { stack, folder, json, mend };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        cwd: { type: "string" },
        json: { type: "boolean" },
        mend: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split(". To specify")[0]);
  }
}
