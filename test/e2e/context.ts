import { existsSync } from "node:fs";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import { databaseClient } from "../../sandbox/database";
import { findInstance, type Instance } from "../../sandbox/instance";
import { checkout } from "../../sandbox/paths";
import { type ExecOptions, type ExecResult, exec, interruptChildren } from "../../sandbox/process";
import { ConsoleReporter } from "../../sandbox/progress";
import { Stack, type StackOutputs } from "../../sandbox/pulumi";
import { ensureTool } from "../../sandbox/toolchain";
import { s3Client } from "../s3";

/** The tests' own instance: a person's `default` one beside it is not touched. */
export const INSTANCE = "e2e";
export const reporter = new ConsoleReporter();
const shared = join(checkout, "..", "shared");

// What a test has started ends with the suite.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void interruptChildren().then(() => process.exit(1)));
}

/** A folder beside the project that only some machines have; the suite says which tests it leaves out where it is absent. */
export function sharedFolder(...parts: string[]): string | undefined {
  const folder = join(shared, ...parts);
  if (existsSync(folder)) return folder;
  console.log(`left out, for want of ../shared/${parts.join("/")}`);
  return undefined;
}

/** Runs one of the README's commands as a person would. Interrupted, it takes its time to end what runs. */
export function npm(script: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  return exec("npm", ["run", "--silent", script, "--", ...args], { cwd: checkout, graceMs: 60_000, ...options });
}

export function instance(): Instance {
  const found = findInstance(INSTANCE);
  if (!found) throw new Error(`there is no instance ${INSTANCE}`);
  return found;
}

export async function outputs(): Promise<StackOutputs> {
  return (await Stack.open(instance(), reporter)).outputs();
}

/** Every secret among the stack's outputs. */
export async function secrets(): Promise<string[]> {
  const texts = (value: unknown): string[] =>
    typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [String(value)];
  // Names of users are among them, which are no secrets.
  return texts((await outputs()).credentials).filter((text) => text.length >= 32);
}

/** Plain `pulumi`, in a shell as the README tells a person to make it. */
export function pulumi(...args: string[]): Promise<ExecResult> {
  const script = 'eval "$(npm run --silent sandbox:env -- --instance "$0")"; cd "$LAKE_PROJECT"; exec pulumi "$@"';
  const all = [...args, "--stack", "sandbox", "--non-interactive", "--color=never"];
  return exec("bash", ["-ec", script, INSTANCE, ...all], { cwd: checkout });
}

export async function kubectl(...args: string[]): Promise<string> {
  const command = await ensureTool("kubectl", reporter);
  return (await exec(command, ["--kubeconfig", instance().kubeconfig, ...args])).stdout;
}

/** An S3 client with an identity's keys. */
export async function s3As(identity: string): Promise<S3Client> {
  return s3Client(await outputs(), identity);
}

/** Asks the database as one of its login roles. */
export async function sql<Row extends object>(role: string, text: string, values: unknown[] = []): Promise<Row[]> {
  // pgSTAC's functions look for each other there.
  const client = databaseClient(await outputs(), role, "-c search_path=pgstac,public");
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
