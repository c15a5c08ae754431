import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { SandboxError } from "./errors";
import { commandOf, identify } from "./host/processes";
import type { Instance } from "./instance";
import { ExecError, type ExecResult, exec } from "./process";
import type { Reporter, Step } from "./progress";
import { PROJECT, STACK } from "./project";
import { ensurePulumi } from "./toolchain";

/** Stack outputs that the sandbox uses. */
export interface StackOutputs {
  readonly objectStore: { readonly url: string; readonly caFile: string };
  readonly postgresEndpoint: { readonly host: string; readonly port: number; readonly database: string };
  readonly credentials: {
    readonly [identity: string]: { readonly accessKey: string; readonly secretKey: string };
  } & { readonly database: { readonly [role: string]: string } };
  readonly buckets: readonly string[];
}

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
    await this.run(["stack", "select", "--create", STACK, "--secrets-provider", "passphrase"], step);
  }

  /** Brings the stack up, telling which resource is being worked on. */
  async up(step: Step): Promise<void> {
    await this.mendState(step);
    const seen = new Set<string>();
    await this.run(["up", "--yes", "--skip-preview"], step, (line) => {
      const change = /^\s*[@~+-]*\s+\S+:\S+\s+(\S+)\s+(creat|updat|delet|replac)(ing|ed)/.exec(line);
      if (!change) return;
      if (change[3] === "ed") seen.add(change[1] as string);
      step.note(`${seen.size} changed, ${change[1]} ${change[2]}${change[3]}`);
    });
    step.note(`${seen.size} resources changed`);
  }

  async destroy(step: Step): Promise<void> {
    await this.mendState(step);
    await this.run(["destroy", "--yes", "--skip-preview"], step);
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
      throw error instanceof ExecError && error.stderr.includes("no stack named") ? missing : error;
    }
  }

  /** What a run that was killed left behind: a lock that nobody holds, and creations that it never heard the end of. */
  private async mendState(step: Step): Promise<void> {
    const folder = join(this.instance.backend, ".pulumi", "locks", "organization", PROJECT, STACK);
    const locks = existsSync(folder) ? readdirSync(folder) : [];
    for (const file of locks) {
      const lock = JSON.parse(readFileSync(join(folder, file), "utf8")) as { pid: number; hostname: string };
      if (lock.hostname === hostname() && isPulumi(lock.pid)) {
        throw new SandboxError(
          `pulumi (pid ${lock.pid}) works on the stack: wait for it, or end it with: kill -INT ${lock.pid}`,
        );
      }
    }
    if (locks.length > 0) await this.run(["cancel", "--yes"], step);
    const { stdout } = await this.exec(["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as { deployment?: { pending_operations?: unknown[] } };
    if (deployment?.pending_operations?.length) {
      step.note("asking the cluster what an interrupted run did");
      await this.run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], step);
    }
  }

  private async run(args: readonly string[], step: Step, onLine?: (line: string) => void): Promise<void> {
    try {
      await this.exec(args, { step, onLine });
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      throw new SandboxError([`pulumi ${args[0]} failed (${error.reason}):`, ...diagnostics(error)].join("\n"));
    }
  }

  /** Runs one `pulumi` command on the stack. */
  exec(args: readonly string[], options: { step?: Step; onLine?: (line: string) => void } = {}): Promise<ExecResult> {
    const all = [...args, "--non-interactive", "--color=never", ...(args[1] === "select" ? [] : ["--stack", STACK])];
    return exec(join(this.bin, "pulumi"), all, {
      ...options,
      cwd: this.instance.project,
      env: { ...this.env, PATH: `${this.bin}:${process.env.PATH ?? ""}` },
    });
  }
}

/** Says whether a process is a running Pulumi; the number of one that was killed may be another process's now. */
function isPulumi(pid: number): boolean {
  return identify(pid) !== undefined && basename(commandOf(pid).split(" ")[0] as string) === "pulumi";
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
