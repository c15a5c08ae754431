/** Stacks of inline programs that run with the real engine and this project's plugins. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import { inject } from "vitest";
import { addLocalPlugin, type PluginName } from "../../sandbox/toolchain/plugins";

/** What one step did to one resource: `update kubernetes:core/v1:ConfigMap name` with the kinds of its detailed diff. */
export type Steps = Record<string, Record<string, string>>;

export interface Run {
  steps: Steps;
  /** Everything that the command printed. */
  output: string;
  /** Set when the command failed; `output` says why. */
  failed: boolean;
}

/** Looked at once: it runs the command to ask for its version. */
let command: Promise<automation.PulumiCommand> | undefined;

/** After each run the API asks the CLI three times what came of it, which costs more than the run itself: this stack does not. */
export function unasked(stack: automation.Stack): automation.Stack {
  return Object.assign(stack, { outputs: async () => ({}), info: async () => undefined });
}

export class Deployer {
  private constructor(
    readonly stack: automation.Stack,
    private readonly folder: string,
  ) {}

  /** A stack of its own in a new file backend. `env` is added to the environment of the engine and its plugins. */
  static async create(plugins: PluginName[], env: Record<string, string> = {}): Promise<Deployer> {
    const { root, home } = inject("pulumi");
    for (const name of plugins) await addLocalPlugin(home, name);
    command ??= automation.PulumiCommand.get({ root });
    const folder = mkdtempSync(join(tmpdir(), "drone-lake-stack-"));
    const backend = `file://${folder}`;
    const stack = await automation.LocalWorkspace.createStack(
      { projectName: "test", stackName: "test", program: async () => ({}) },
      {
        pulumiCommand: await command,
        projectSettings: { name: "test", runtime: "nodejs", backend: { url: backend } },
        envVars: {
          PULUMI_HOME: home,
          PULUMI_BACKEND_URL: backend,
          PULUMI_CONFIG_PASSPHRASE: "test",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          ...env,
        },
      },
    );
    return new Deployer(unasked(stack), folder);
  }

  preview(program: automation.PulumiFn): Promise<Run> {
    return this.run("preview", program);
  }

  /** `refresh`: looks at the servers first, as `pulumi up --refresh` does. */
  up(program: automation.PulumiFn, { refresh = false } = {}): Promise<Run> {
    return this.run("up", program, { refresh });
  }

  refresh(): Promise<Run> {
    return this.run("refresh");
  }

  destroy(): Promise<Run> {
    return this.run("destroy");
  }

  /** What the program exported, as the last `up` left it. */
  outputs(): Promise<automation.OutputMap> {
    return this.stack.workspace.stackOutputs(this.stack.name);
  }

  async exportState(): Promise<{ resources: StateResource[] }> {
    const { deployment } = await this.stack.exportStack();
    return { resources: deployment.resources as StateResource[] };
  }

  /** The state as it lies in the backend, secrets encrypted (`exportState` decrypts them). */
  storedState(): string {
    return readFileSync(join(this.folder, ".pulumi", "stacks", "test", "test.json"), "utf8");
  }

  /** Throws away the stack's files; what it deployed stays. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(
    command: "preview" | "up" | "refresh" | "destroy",
    program?: automation.PulumiFn,
    more: { refresh?: boolean } = {},
  ): Promise<Run> {
    if (program) this.stack.workspace.program = program;
    const result: Run = { steps: {}, output: "", failed: false };
    const options = {
      ...more,
      color: "never" as const,
      onOutput: (text: string) => {
        result.output += text;
      },
      onError: (text: string) => {
        result.output += text;
      },
      onEvent: (event: automation.EngineEvent) => addStep(result.steps, event),
    };
    try {
      await this.stack[command](options);
    } catch (error) {
      result.failed = true;
      result.output += String(error);
    }
    return result;
  }
}

export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the properties depend on the type
  inputs?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the properties depend on the type
  outputs?: any;
  initErrors?: string[];
}

function addStep(steps: Steps, event: automation.EngineEvent): void {
  const metadata = (event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent)?.metadata;
  if (!metadata || ["same", "read"].includes(metadata.op) || metadata.type.startsWith("pulumi:")) return;
  const diff = Object.entries(metadata.detailedDiff ?? {}).map(
    ([path, { diffKind }]) => [path, String(diffKind)] as const,
  );
  const isUpdate = metadata.op === "update" || metadata.op === "refresh";
  // An update without a difference is a wait that goes on.
  if (isUpdate && diff.length === 0) return;
  const name = metadata.urn.split("::").slice(3).join("::");
  steps[`${metadata.op} ${metadata.type} ${name}`] = Object.fromEntries(diff);
}
