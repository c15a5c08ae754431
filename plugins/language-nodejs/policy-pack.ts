/**
 * Runs a policy pack, and speaks to the engine in its place until the engine has said which stack it is for: a pack reads that
 * from its environment, so it can be started only then.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  credentials,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { AnalyzerClient, AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type { AnalyzerStackConfigureRequest } from "@pulumi/pulumi/proto/analyzer_pb";
import { findRunner } from "./program";

export interface PolicyPack {
  /** Folder of PulumiPolicy.yaml. */
  folder: string;
  args: string[];
  /** The environment that the engine gives, as `NAME=value`. */
  env: string[];
}

/** Where what the pack prints goes. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Serves the pack until it ends or is stopped; the first line of its standard output is the port. Rejects with why it failed. */
export async function runPolicyPack(
  pack: PolicyPack,
  output: Output,
  onStop: (stop: () => void) => void,
): Promise<void> {
  const runner = findRunner(pack.folder, "run-policy-pack");
  let child: ChildProcess | undefined;
  let client: Promise<AnalyzerClient> | undefined;
  await new Promise<void>((resolve, reject) => {
    const started = (stack?: AnalyzerStackConfigureRequest) => {
      client ??= new Promise((ready, failed) => {
        child = spawn(process.execPath, [runner, ...pack.args, pack.folder], {
          cwd: pack.folder,
          env: { ...Object.fromEntries(pack.env.map(variable)), ...(stack && stackEnvironment(stack)) },
          stdio: ["ignore", "pipe", "pipe"],
        });
        child.stderr?.on("data", (text: Buffer) => output.stderr(text.toString()));
        const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
        lines.once("line", (port) => {
          ready(new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure(), UNLIMITED));
          lines.on("line", (line) => output.stdout(`${line}\n`));
        });
        child.once("error", reject);
        child.once("exit", (code, signal) => {
          const error = new Error(`the policy pack in ${pack.folder} ended (${signal ?? `exit code ${code}`})`);
          failed(error);
          if (code === 0 || signal === "SIGTERM") resolve();
          else reject(error);
        });
      });
      return client;
    };
    const server = new Server(UNLIMITED);
    server.addService(AnalyzerService, forwarding(started));
    onStop(() => {
      server.forceShutdown();
      if (child) child.kill("SIGTERM");
      else resolve();
    });
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else output.stdout(`${port}\n`);
    });
  });
}

type Call = (request: unknown, callback: (error: ServiceError | null, answer: unknown) => void) => void;

/** Every call of the engine, handed on to the pack; the one that names the stack starts it. */
function forwarding(
  started: (stack?: AnalyzerStackConfigureRequest) => Promise<AnalyzerClient>,
): UntypedServiceImplementation {
  const methods = Object.keys(AnalyzerService).filter((method) => method !== "handshake");
  const handOn = (method: string): handleUnaryCall<unknown, unknown> => {
    return ({ request }, callback) => {
      const stack = method === "configureStack" ? (request as AnalyzerStackConfigureRequest) : undefined;
      started(stack).then(
        (client) => (client as unknown as Record<string, Call>)[method]?.call(client, request, callback),
        (error: Error) => callback({ code: status.UNAVAILABLE, details: error.message }),
      );
    };
  };
  return Object.fromEntries(methods.map((method) => [method, handOn(method)]));
}

/** What a pack, and `pulumi.getStack()` and `pulumi.Config` in it, read of the stack. */
function stackEnvironment(stack: AnalyzerStackConfigureRequest): Record<string, string> {
  return {
    PULUMI_NODEJS_ORGANIZATION: stack.getOrganization(),
    PULUMI_NODEJS_PROJECT: stack.getProject(),
    PULUMI_NODEJS_STACK: stack.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(stack.getDryRun()),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(stack.getConfigMap().toObject(false))),
  };
}

function variable(text: string): [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
