import { existsSync } from "node:fs";
import { join } from "node:path";
import { mendBackend } from "./backend";
import { SandboxError } from "./errors";
import type { Instance } from "./instance";
import { type ExportedStack, isBrokenOff, unconfirmed, withCreations } from "./pending";
import { ExecError, type ExecOptions, type ExecResult, exec } from "./process";
import type { Reporter, Step } from "./progress";
import { endpointsOf, STACK } from "./project";
import { serverNames, serversAnswer } from "./servers";
import { isLocked, waitForPulumi } from "./stack-lock";
import { ensurePulumi } from "./toolchain";

/** Stack outputs that the sandbox uses. */
export interface StackOutputs {
  readonly objectStore: { readonly url: string; readonly caFile: string };
  readonly postgresEndpoint: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    /** The CA that its certificate is checked with. */
    readonly caFile: string;
  };
  /** Address of the catalogue service. */
  readonly catalogueUrl?: string;
  /** Address at which the MCP server answers; its token is `credentials.mcp`. */
  readonly mcpUrl?: string;
  readonly credentials: {
    readonly [identity: string]: { readonly accessKey: string; readonly secretKey: string };
  } & { readonly database: { readonly [role: string]: string }; readonly mcp: string };
  readonly buckets: readonly string[];
}

/** Told to end, Pulumi first hears from the servers what became of what it asked for. */
const GRACE_MS = 30_000;

type PulumiOptions = Pick<ExecOptions, "step" | "onLine" | "input">;

/** The Pulumi command on one instance's stack. */
export class Stack {
  private constructor(
    private readonly instance: Instance,
    /** The folder of the Pulumi command. */
    readonly bin: string,
    readonly env: Record<string, string>,
    /** Parts of Pulumi that are local builds. */
    readonly local: readonly string[],
  ) {}

  static async open(instance: Instance, report: Reporter): Promise<Stack> {
    const { root, home, local } = await ensurePulumi(report);
    return new Stack(instance, join(root, "bin"), pulumiEnv(instance, home), local);
  }

  /** Makes the stack unless it is there. */
  async select(step: Step): Promise<void> {
    await this.settle(step);
    await this.run(["stack", "select", "--create", STACK, "--secrets-provider", "passphrase"], step);
  }

  async up(step: Step): Promise<void> {
    await this.settledState(step);
    await this.change("up", step);
  }

  /** Destroys what the stack has made. A run that was broken off early may have made none. */
  async destroy(step: Step): Promise<void> {
    if (await this.settledState(step)) await this.change("destroy", step);
  }

  /** Runs an update, telling which resource is being worked on. */
  private async change(command: "up" | "destroy", step: Step): Promise<void> {
    const seen = new Set<string>();
    const onLine = (line: string) => {
      const change = /^\s*[@~+-]*\s+\S+:\S+\s+(\S+)\s+(creat|updat|delet|replac)(ing|ed)/.exec(line);
      if (!change) return;
      if (change[3] === "ed") seen.add(change[1] as string);
      step.note(`${seen.size} changed, ${change[1]} ${change[2]}${change[3]}`);
    };
    await this.run([command, "--yes", "--skip-preview"], step, { onLine });
    step.note(`${seen.size} resources changed`);
  }

  /** The stack's outputs with its secrets, which must not be shown or passed on a command line. Throws while nothing has come up yet. */
  async outputs(): Promise<StackOutputs> {
    const { name, argument, project } = this.instance;
    const missing = new SandboxError(`instance "${name}" is not up yet: npm run sandbox${argument}`);
    if (!existsSync(project)) throw missing;
    try {
      const { stdout } = await this.exec(["stack", "output", "--json", "--show-secrets"]);
      const outputs = JSON.parse(stdout) as Partial<StackOutputs>;
      if (!outputs.credentials) throw missing;
      return outputs as StackOutputs;
    } catch (error) {
      throw isMissingStack(error) ? missing : error;
    }
  }

  /** Sees to it that nobody else works on the stack, and that what a Pulumi that was killed wrote can be read. */
  private async settle(step: Step): Promise<void> {
    await waitForPulumi(this.instance, step);
    mendBackend(this.instance.backend);
  }

  /** The stack's state, as far as it can be known; undefined when there is no stack. */
  private async settledState(step: Step): Promise<ExportedStack | undefined> {
    await this.settle(step);
    if (isLocked(this.instance)) await this.run(["cancel", "--yes"], step);
    const state = await this.exported();
    if (state) await this.takeUp(state, step);
    return state;
  }

  private async exported(): Promise<ExportedStack | undefined> {
    try {
      return JSON.parse((await this.exec(["stack", "export"])).stdout) as ExportedStack;
    } catch (error) {
      if (isMissingStack(error)) return undefined;
      throw error;
    }
  }

  /** Takes up the creations that a killed Pulumi never heard the end of. What it changed or deleted is simply done again. */
  private async takeUp(before: ExportedStack, step: Step): Promise<void> {
    const state = withCreations(before);
    const asked = unconfirmed(state);
    if (!isBrokenOff(before) && asked.length === 0) return;
    // A server that is still starting would deny what it holds. Pulumi keeps the creations in mind until one works.
    const servers = serverNames.filter((name) => asked.some(({ type }) => type.startsWith(`${name}:`)));
    const endpoints = endpointsOf(this.instance);
    if (endpoints && !(await serversAnswer(servers, endpoints, step))) return;
    step.note("asking the servers what an interrupted run did");
    if (isBrokenOff(before)) await this.run(["stack", "import"], step, { input: JSON.stringify(state) });
    const targets = asked.flatMap(({ urn }) => ["--target", urn]);
    if (targets.length > 0) await this.run(["refresh", "--yes", "--skip-preview", ...targets], step);
  }

  private async run(args: readonly string[], step: Step, options: PulumiOptions = {}): Promise<void> {
    try {
      await this.exec(args, { ...options, step });
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      throw new SandboxError([`pulumi ${args[0]} failed (${error.reason}):`, ...diagnostics(error)].join("\n"));
    }
  }

  /** Runs one `pulumi` command on the stack. */
  exec(args: readonly string[], options: PulumiOptions = {}): Promise<ExecResult> {
    const all = [...args, "--non-interactive", "--color=never", ...(args[1] === "select" ? [] : ["--stack", STACK])];
    return exec(join(this.bin, "pulumi"), all, {
      ...options,
      graceMs: GRACE_MS,
      cwd: this.instance.project,
      env: { ...this.env, PATH: `${this.bin}:${process.env.PATH ?? ""}` },
    });
  }
}

function isMissingStack(error: unknown): boolean {
  return error instanceof ExecError && error.stderr.includes("no stack named");
}

/** What Pulumi says went wrong, without the resources that went well. */
function diagnostics(error: ExecError): string[] {
  const lines = `${error.stdout}\n${error.stderr}`.split("\n").map((line) => line.trimEnd());
  const start = lines.findIndex((line) => line.startsWith("Diagnostics:"));
  const end = lines.findIndex((line, at) => at > start && /^(Resources|Outputs|Duration):?/.test(line));
  const part = start < 0 ? lines : lines.slice(start + 1, end < 0 ? undefined : end);
  return part.filter(Boolean).slice(-40);
}

/** The variables with which `pulumi` finds this instance's stack, plugins and secrets. */
export function pulumiEnv(instance: Instance, home: string): Record<string, string> {
  return {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${instance.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: instance.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    KUBECONFIG: instance.kubeconfig,
  };
}
