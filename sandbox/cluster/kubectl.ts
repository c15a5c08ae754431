import { checkInterrupt, ExecError, exec } from "../process";
import type { Step } from "../progress";

/** What an API server says, or does not say, when it is too busy; the same call may work a moment later. */
const BUSY =
  /unable to connect|timeout|timed out|connection refused|try again|please retry|unavailable|too many requests/i;
const TRIES = 6;
const PAUSE_MS = 3000;

/** kubectl on one cluster. The states that are asked for are `true`, or a text that says how far things are. */
export class Kubectl {
  constructor(
    readonly command: string,
    readonly kubeconfig: string,
    private readonly pauseMs = PAUSE_MS,
  ) {}

  /** Runs kubectl. Throws with its last lines. */
  async run(
    args: readonly string[],
    options: { input?: string; step?: Step; timeoutMs?: number } = {},
  ): Promise<string> {
    const { stdout } = await exec(this.command, [`--kubeconfig=${this.kubeconfig}`, "--request-timeout=30s", ...args], {
      ...options,
      env: { KUBECONFIG: undefined },
    });
    return stdout;
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(args)) as T;
  }

  /** The object at a path of the API; undefined when there is none. A server that is busy is asked again. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.patiently(() => this.json<T>(["get", `--raw=${path}`]));
    } catch (error) {
      if (error instanceof ExecError && /NotFound|not find the requested resource/.test(error.stderr)) return undefined;
      throw error;
    }
  }

  /** Declares objects under the sandbox's own field manager. */
  async apply(objects: readonly object[], step: Step): Promise<void> {
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const flags = ["--server-side", "--force-conflicts", "--field-manager=drone-lake-sandbox"];
    await this.patiently(() => this.run(["apply", ...flags, "-f", "-"], { input, step }));
  }

  /** Does what may be repeated, again while the server is too busy for it. */
  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let left = TRIES - 1; ; left--) {
      try {
        return await work();
      } catch (error) {
        if (left === 0 || !(error instanceof ExecError && BUSY.test(error.stderr))) throw error;
        await new Promise((done) => setTimeout(done, this.pauseMs));
        checkInterrupt();
      }
    }
  }

  /** `true` when the cluster answers, or what came of the last of three questions. */
  async answers(): Promise<string | true> {
    for (let left = 2; ; left--) {
      const answer = await this.ready();
      if (answer === true || left === 0) return answer;
      await new Promise((done) => setTimeout(done, this.pauseMs));
      checkInterrupt();
    }
  }

  /** Says whether the API server is ready for work. */
  ready(): Promise<string | true> {
    return this.ask(["get", "--raw=/readyz"], (text) => text.trim() === "ok" || text.trim());
  }

  nodeReady(name: string): Promise<string | true> {
    return this.ask(
      [
        "get",
        "node",
        name,
        "-o",
        `jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status}{" "}{.message}{end}`,
      ],
      (text) => text.startsWith("True ") || text,
    );
  }

  available(namespace: string, deployment: string): Promise<string | true> {
    return this.ask(
      ["get", "deployment", deployment, "-n", namespace, "-o", "jsonpath={.status.availableReplicas}"],
      (text) => Number(text) > 0 || "no replica is available",
    );
  }

  private async ask(args: readonly string[], reached: (text: string) => string | true): Promise<string | true> {
    try {
      return reached(await this.run(args, { timeoutMs: 15_000 }));
    } catch (error) {
      if (error instanceof ExecError) return shortened(error.stderr.trim() || error.reason);
      throw error;
    }
  }
}

/** The checks that fail, of an answer that lists them all; else the answer's last line. */
function shortened(answer: string): string {
  const failing = [...answer.matchAll(/\[-\](\S+)/g)].map(([, check]) => check);
  return failing.length > 0 ? `not yet: ${failing.join(", ")}` : (answer.split("\n").at(-1) as string).slice(0, 300);
}
