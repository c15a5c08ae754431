import { parseArgs } from "node:util";
import { SandboxError } from "./errors";
import { DEFAULT_INSTANCE, instanceName } from "./instance";
import { READER } from "./lake";

/** What a person asked for. */
export type Command =
  | ({ readonly command: "up" } & UpOptions)
  | { readonly command: "down"; readonly instance: string; readonly purge: boolean; readonly keepCache: boolean }
  | { readonly command: "env" | "status" | "mcp"; readonly instance: string }
  | { readonly command: "lake"; readonly instance: string; readonly lake: readonly string[] }
  | {
      readonly command: "client";
      readonly instance: string;
      /** Whose keys the program gets. */
      readonly identity: string;
      readonly program: readonly string[];
    }
  | { readonly command: "toolchain" }
  | { readonly command: "help" };

export interface UpOptions {
  readonly instance: string;
  /** An existing cluster instead of a node of our own. */
  readonly kubeconfig?: string;
  /** Where that cluster gets the images: `HOST[:PORT]/PATH`, to which they are pushed. */
  readonly registry?: string;
  /** A folder with a person's own photos. */
  readonly flight?: string;
  readonly project?: string;
  readonly flightName?: string;
  /** False: bring everything up, and send no flight through it. */
  readonly withFlight: boolean;
}

export const USAGE = `usage: npm run sandbox -- [OPTIONS]         bring everything up and send a flight through it
         --flight DIR          your own photos instead of the sample flight
         --project NAME        the project (area) that the flight belongs to
         --flight-name NAME    the flight's name; both default to the folder's name
         --no-flight           bring everything up, without a flight
         --kubeconfig FILE     use a cluster that you have instead of a node of the sandbox's own
         --registry HOST/PATH  with --kubeconfig: build the images and push them there, where the cluster pulls them
       npm run sandbox:down -- [OPTIONS]    stop everything; the data stays for the next start
         --purge               remove the data and the caches as well
         --keep-cache          with --purge: remove the data alone
       npm run sandbox:env                  print the variables with which pulumi, kubectl and psql reach it
       npm run sandbox:status               say what runs
       npm run lake -- COMMAND ...          run a dronelake command against it, with the right identity's keys
       npm run client -- PROGRAM ...        run any client of the lake, with the keys of stagiair, who only reads
         --as IDENTITY         with the keys of another identity
       npm run -s mcp                       serve its tools to the MCP client that runs this command
       npm run toolchain                    get or build every tool, without a cluster
       all: --instance NAME                 a second sandbox beside the first (or DRONE_LAKE_INSTANCE=NAME)
`;

const REGISTRY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

const common = { instance: { type: "string" } } as const;
const OPTIONS = {
  up: {
    ...common,
    kubeconfig: { type: "string" },
    registry: { type: "string" },
    flight: { type: "string" },
    project: { type: "string" },
    "flight-name": { type: "string" },
    "no-flight": { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
  down: {
    ...common,
    purge: { type: "boolean" },
    "keep-cache": { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
  plain: { ...common, help: { type: "boolean", short: "h" } },
} as const;

/** Reads the command line. Throws with the usage for anything that it does not know. */
export function parseCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const [first, ...rest] = argv;
  const named = first !== undefined && !first.startsWith("-");
  const command = named ? first : "up";
  const args = named ? rest : [...argv];
  if (first === "help" || first === "--help" || first === "-h") return { command: "help" };
  const instanceFrom = (value: string | undefined) =>
    instanceName(value ?? (env.DRONE_LAKE_INSTANCE || DEFAULT_INSTANCE));
  try {
    switch (command) {
      case "up": {
        const { values } = parseArgs({ args, options: OPTIONS.up, strict: true });
        if (values.help) return { command: "help" };
        refuse(values["no-flight"] && values.flight, "--no-flight and --flight exclude each other");
        refuse(
          values["no-flight"] && (values.project ?? values["flight-name"]),
          "--no-flight takes no --project or --flight-name",
        );
        refuse(values.registry && !values.kubeconfig, "--registry goes with --kubeconfig");
        refuse(
          values.registry !== undefined && !REGISTRY.test(values.registry),
          `--registry ${values.registry} is not HOST[:PORT]/PATH, such as localhost:5001/lake`,
        );
        return {
          command,
          instance: instanceFrom(values.instance),
          registry: values.registry,
          kubeconfig: values.kubeconfig,
          flight: values.flight,
          project: values.project,
          flightName: values["flight-name"],
          withFlight: !values["no-flight"],
        };
      }
      case "down": {
        const { values } = parseArgs({ args, options: OPTIONS.down, strict: true });
        if (values.help) return { command: "help" };
        refuse(values["keep-cache"] && !values.purge, "--keep-cache goes with --purge");
        return {
          command,
          instance: instanceFrom(values.instance),
          purge: values.purge ?? false,
          keepCache: values["keep-cache"] ?? false,
        };
      }
      case "env":
      case "status":
      case "mcp":
      case "toolchain": {
        const { values } = parseArgs({ args, options: OPTIONS.plain, strict: true });
        if (values.help) return { command: "help" };
        return command === "toolchain" ? { command } : { command, instance: instanceFrom(values.instance) };
      }
      case "lake": {
        const { values, rest } = leading(args, ["--instance"]);
        refuse(
          rest.length === 0,
          "lake needs a dronelake command, such as: npm run lake -- upload DIR --project P --flight F",
        );
        return { command, instance: instanceFrom(values["--instance"]), lake: rest };
      }
      case "client": {
        const { values, rest } = leading(args, ["--instance", "--as"]);
        refuse(rest.length === 0, "client needs a program, such as: npm run client -- python recipe.py");
        const identity = values["--as"] ?? READER;
        return { command, instance: instanceFrom(values["--instance"]), identity, program: rest };
      }
      default:
        throw new TypeError(`there is no command "${command}"`);
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SandboxError(`${error.message.split(". To specify")[0]}\n\n${USAGE}`, 2);
  }
}

/** The options of ours before a command of somebody else's, to whom everything behind belongs. */
function leading(args: readonly string[], names: readonly string[]) {
  const values: Record<string, string | undefined> = {};
  let rest = args;
  for (let name = rest[0]; name !== undefined && names.includes(name); name = rest[0]) {
    refuse(rest[1] === undefined, `${name} needs a value`);
    values[name] = rest[1];
    rest = rest.slice(2);
  }
  return { values, rest };
}

function refuse(when: unknown, message: string): void {
  if (when) throw new TypeError(message);
}
