import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readStackFile } from "../../config/stack-file";

type Options = pulumi.CustomResourceOptions;

/** A resource as the program registered it. */
export interface Recorded {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** The inputs with secrets masked. */
  masked: Record<string, unknown>;
  provider: string | undefined;
  /** Options as the component passed them. */
  options: Options;
  /** The components that it belongs to, outermost first. */
  parents: readonly { type: string; name: string }[];
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

/** Secrets are wrapped in a signature: puts what `show` makes of the value inside in their place. */
function unwrap(value: unknown, show: (secret: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => unwrap(item, show));
  if (value === null || typeof value !== "object") return value;
  const map = value as Record<string, unknown>;
  if ("4dabf18193072939515e22adb298388d" in map && "value" in map) return show(unwrap(map.value, show));
  return Object.fromEntries(Object.entries(map).map(([key, inner]) => [key, unwrap(inner, show)]));
}

/** Plain properties with `[secret]` for every text and number of a secret; its keys can be read, such as those of a Kubernetes Secret. */
export function mask(properties: object): Record<string, unknown> {
  const hide = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(hide);
    if (value === null || typeof value !== "object") return "[secret]";
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item)]));
  };
  return unwrap(properties, hide) as Record<string, unknown>;
}

/** Outputs of a resource as the engine gives them back: those that its class calls secret are. */
function outputs(
  { type, name, inputs }: pulumi.runtime.MockResourceArgs,
  secret: readonly string[] = [],
): Record<string, unknown> {
  const state: Record<string, unknown> = { ...inputs, ...computed[type]?.(name) };
  for (const key of secret) if (state[key] !== undefined) state[key] = pulumi.secret(state[key]);
  return state;
}

/** What a person's shell says of clusters and servers, which the providers' classes take for inputs. */
const AMBIENT = /^(KUBECONFIG$|PULUMI_K8S_|PG)/;

function parentsOf({ parent }: Options, passed: ReadonlyMap<pulumi.Resource, Options>): Recorded["parents"] {
  const options = parent && passed.get(parent);
  // The stack itself, the parent of all, is none that was passed.
  if (!options) return [];
  return [...parentsOf(options, passed), { type: pulumi.resourceType(parent), name: pulumi.resourceName(parent) }];
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
  const passed = new Map<pulumi.Resource, Options>();
  const byName = new Map<string, Options>();
  const config = Object.entries(options.values ?? {}).map(([key, value]) => [
    `drone-data-lake:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  for (const key of Object.keys(process.env)) if (AMBIENT.test(key)) delete process.env[key];
  pulumi.runtime.setAllConfig(Object.fromEntries(config));
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        const options = byName.get(`${args.type} ${args.name}`) ?? {};
        recorded.push({
          type: args.type,
          name: args.name,
          inputs: unwrap(args.inputs, (secret) => secret) as Record<string, unknown>,
          masked: mask(args.inputs),
          provider: args.provider,
          options,
          parents: parentsOf(options, passed),
        });
        return { id: `${args.name}-id`, state: outputs(args, options.additionalSecretOutputs) };
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
    pulumi.runtime.registerStackTransformation(({ resource, type, name, props, opts }) => {
      passed.set(resource, opts);
      byName.set(`${type} ${name}`, opts);
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
