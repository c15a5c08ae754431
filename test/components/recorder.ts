import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readStackFile } from "../../config/stack-file";

/** A resource as the program registered it. */
export interface Recorded {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  provider: string | undefined;
  /** Options as the component passed them. */
  options: pulumi.CustomResourceOptions;
}

/** The values of one environment's file, by top-level key. */
export function stackValues(stack: string): Record<string, unknown> {
  return readStackFile(resolve(__dirname, "..", ".."), stack);
}

/** Values that a real provider would answer with, by resource type; every other output equals its input. */
const computed: Record<string, (name: string) => Record<string, unknown>> = {
  "random:index/randomPassword:RandomPassword": (name) => ({ result: `password-of-${name}` }),
  "random:index/randomString:RandomString": (name) => ({ result: `string-of-${name}` }),
  "minio:index/iamServiceAccount:IamServiceAccount": (name) => ({
    accessKey: `access-of-${name}`,
    secretKey: `secret-of-${name}`,
  }),
};

/** Secrets arrive wrapped in a signature; what a test asserts is the value inside. */
function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (value === null || typeof value !== "object") return value;
  const map = value as Record<string, unknown>;
  if ("4dabf18193072939515e22adb298388d" in map && "value" in map) return unwrap(map.value);
  return Object.fromEntries(Object.entries(map).map(([key, inner]) => [key, unwrap(inner)]));
}

/**
 * Registers resources with mocks, as a preview, and returns every one of them. Invokes are unknown calls and fail.
 *
 * Mocks are global to a process: call it once in a test file.
 */
export async function record(
  program: () => unknown,
  options: { stack?: string; values?: Record<string, unknown> } = {},
): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  const passed = new Map<string, pulumi.CustomResourceOptions>();
  const config = Object.entries(options.values ?? {}).map(([key, value]) => [
    `drone-data-lake:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(config));
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        recorded.push({
          type: args.type,
          name: args.name,
          inputs: unwrap(args.inputs) as Record<string, unknown>,
          provider: args.provider,
          options: passed.get(`${args.type} ${args.name}`) ?? {},
        });
        return { id: `${args.name}-id`, state: { ...args.inputs, ...computed[args.type]?.(args.name) } };
      },
      call(args) {
        throw new Error(`unknown call of ${args.token}`);
      },
    },
    "drone-data-lake",
    options.stack ?? "sandbox",
    true,
  );
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      passed.set(`${type} ${name}`, opts);
      return { props, opts };
    });
    await program();
  });
  await pulumi.runtime.disconnect();
  return recorded;
}

/** The one resource of a type and name. */
export function one(recorded: readonly Recorded[], type: string, name: string): Recorded {
  const found = recorded.filter((resource) => resource.type === type && resource.name === name);
  if (found.length !== 1) {
    const names = recorded.filter((resource) => resource.type === type).map((resource) => resource.name);
    throw new Error(`${found.length} resources ${type} ${name}; of that type there are: ${names.join(", ")}`);
  }
  return found[0]!;
}

/** Names of all resources of a type, in order of registration. */
export function namesOf(recorded: readonly Recorded[], type: string): string[] {
  return recorded.filter((resource) => resource.type === type).map((resource) => resource.name);
}
